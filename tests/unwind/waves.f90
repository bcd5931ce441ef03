! Array arithmetic, a recursive function, an internal procedure and formatted output.
module waves_module
contains
  recursive function power(x, n) result(y)
    real(8), intent(in) :: x
    integer, intent(in) :: n
    real(8) :: y
    if (n == 0) then
      y = 1.0d0
    else
      y = x * power(x, n - 1) + sin(x)
    end if
  end function power
end module waves_module

program waves
  use waves_module
  implicit none
  real(8) :: grid(200, 200), total
  integer :: step
  grid = 0.5d0
  total = 0.0d0
  do step = 1, 900
    call relax()
    total = total + power(grid(7, 9), 12)
  end do
  print '(f12.4)', total
contains
  subroutine relax()
    integer :: i, j
    do j = 2, 199
      do i = 2, 199
        grid(i, j) = 0.25d0 * (grid(i - 1, j) + grid(i + 1, j) + grid(i, j - 1) + grid(i, j + 1)) &
                     + power(grid(i, j), 3) * 1.0d-3
      end do
    end do
  end subroutine relax
end program waves
