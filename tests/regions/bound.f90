! Regions from Fortran, by the functions of liblprof.
program bound
  use, intrinsic :: iso_c_binding
  implicit none
  interface
    subroutine lprof_region_begin(name) bind(C)
      import :: c_char
      character(kind=c_char), intent(in) :: name(*)
    end subroutine
    subroutine lprof_region_end() bind(C)
    end subroutine
    subroutine lprof_disable() bind(C)
    end subroutine
    subroutine lprof_enable() bind(C)
    end subroutine
    function lprof_dump(path) bind(C) result(failed)
      import :: c_char, c_int
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int) :: failed
    end function
  end interface
  integer :: i
  integer(c_int) :: failed
  character(len=8) :: text
  real(8) :: x

  x = 1
  do i = 1, 3
    write (text, '(a,i0)') 'part ', i
    call lprof_region_begin(trim(text) // c_null_char)
    x = x + work(30000000)
    call lprof_region_begin('inner' // c_null_char)
    x = x + work(10000000)
    call lprof_region_end()
    call lprof_region_end()
  end do
  failed = lprof_dump('fortran-dump.lprof' // c_null_char)
  call lprof_disable()
  x = x + work(30000000)
  call lprof_enable()
  ! One more end than beginnings.
  call lprof_region_end()
  if (x < 0 .or. failed /= 0) stop 1

contains

  real(8) function work(n)
    integer, intent(in) :: n
    integer :: k
    work = 1
    do k = 1, n
      work = work * 1.0000001d0
    end do
  end function
end program
