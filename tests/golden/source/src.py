def is_prime(n):
    '''
    Check if the number "n" is prime.
    '''
    max_val = n ** 0.5
    for i in range(2, int(max_val + 1)):
        if n % i == 0:
            return False
    return True


def never():
    return 1
