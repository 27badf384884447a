# The types with which setup.py compiles stream.py. Without them the same file runs as plain Python.
cimport cython

from fanzha.money.slices cimport Slices

ctypedef long long i64

cdef int TAINTED, TERMINAL, ROBBED, MISSING
cdef i64 DAY, LIMIT

cdef class Hit:
    cdef public i64 row, short
    cdef public int begun
    cdef public object traced, disputed
    cdef public bint late

cdef class Stream:
    cdef readonly bint fifo, exact, poison
    cdef readonly str method
    cdef readonly object floor
    cdef readonly i64 horizon
    cdef readonly int accounts
    cdef public i64[::1] balance, missing
    cdef public unsigned char[::1] mark
    cdef public i64 moved, latest
    cdef public dict pots, wanted, disputed, ended, dropped
    cdef public list stated
    cdef readonly bint silent
    cdef Slices slices

    cpdef grow(self, int accounts)
    cpdef open(self, int account, amount)
    cpdef end(self, int account)
    cpdef int want(self, int debtor, int creditor, i64 amount, i64 at) except -1
    cpdef int began(self, i64 at) except -1
    cpdef spend_room(self, amount)
    @cython.locals(balance="long long[::1]", mark="unsigned char[::1]", row=i64, debtor=int,
                   creditor=int, amount=i64, at=i64, left=i64, latest=i64, seen=int, hit=Hit)
    cpdef list feed(self, const long long[::1] booked_at, const int[::1] debtors,
                    const int[::1] creditors, const long long[::1] amounts, i64 begin, i64 end)
    cpdef Hit pay(self, i64 row, int debtor, int creditor, i64 amount, i64 at, int theft)
    @cython.locals(seen=int, held=i64, short=i64)
    cdef Hit move(self, i64 row, int debtor, int creditor, i64 amount, i64 at, int theft)
    cdef int claim(self, int debtor, int creditor, i64 amount, i64 at) except -2
    @cython.locals(held=Slices)
    cdef Hit move_slices(self, i64 row, int debtor, int creditor, i64 amount, i64 short, int theft)
    @cython.locals(held=Slices)
    cdef Hit begin(self, i64 row, int creditor, i64 amount, i64 short, int theft)
    @cython.locals(held=Slices, i=int)
    cdef int lay_down(self, int creditor) except -1
    cdef dispute(self, int creditor, int by, carried)
    cdef keep(self, int theft, int terminal, amount)
    cdef Hit move_shares(self, i64 row, int debtor, int creditor, i64 amount, i64 short, int theft,
                         i64 at)
    cdef list taken(self, pot, int debtor, i64 amount, i64 at)
    cdef above_floor(self, carried)
    cpdef shared(self, int creditor, carried, i64 amount)
    cpdef dict inside(self, int account)
    cpdef list slices_of(self, int account)
    cpdef lay_slices(self, int account, slices)

cdef class Nearness:
    cdef list stated
    cdef i64 at
