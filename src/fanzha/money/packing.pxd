# The types with which setup.py compiles packing.py. Without them the same file runs as plain Python.
cimport cython

ctypedef long long i64

cdef i64 GOT, PAID, LOWEST, AT, OUT, AHEAD

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define FANZHA_TOUCH(place) __builtin_prefetch((place), 1)
    #else
    #define FANZHA_TOUCH(place) (void)(place)
    #endif
    """
    void FANZHA_TOUCH(const void* place) noexcept nogil

cdef inline void touch(i64[:, ::1] lines, i64 account) noexcept nogil:
    FANZHA_TOUCH(&lines[account, 0])

@cython.locals(debtors="const int[::1]",
               creditors="const int[::1]", amounts="const long long[::1]",
               row=i64, debtor=i64, creditor=i64, amount=i64, before=i64, largest=i64)
cpdef weigh(const long long[::1] booked_at, payments, i64 room)

@cython.locals(row=i64)
cpdef void count(const int[::1] accounts, int[::1] counts) except *

@cython.locals(debtors="const int[::1]", creditors="const int[::1]", amounts="const long long[::1]",
               row=i64, debtor=i64, creditor=i64, amount=i64, paid=i64, got=i64, left=i64, at=i64)
cpdef void lay_out(payments, i64[:, ::1] lines, i64[:, ::1] out, i64[::1] low, i64 share) except *

@cython.locals(debtors="const int[::1]", creditors="const int[::1]", amounts="const long long[::1]",
               row=i64, debtor=i64, creditor=i64, amount=i64, paid=i64, got=i64, at=i64)
cpdef void lay_into(payments, i64[:, ::1] lines, i64[:, ::1] into, i64[::1] low, i64 share) except *
