# The types with which setup.py compiles sweep.py. Without them the same file runs as plain Python.
cimport cython

from fanzha.money.flat cimport Sheet
from fanzha.money.ground cimport Ground, Stretch

ctypedef long long i64

cdef i64 ROW, PAYS, REACHED, KEEPS, SHORT, LONG

@cython.locals(every=int, i=int)
cdef bint nothing_new(unsigned char[::1] marks, const int[::1] creditors, i64 row) noexcept
@cython.locals(some=int, i=int)
cdef bint nobody_pays(unsigned char[::1] marks, const int[::1] debtors, i64 row) noexcept

cdef class Sweep(Ground):
    cdef unsigned char[::1] marks
    cdef int[::1] order
    cdef i64[::1] first, since, came, arrivals
    cdef public i64 count
    cdef i64 next, row
    cdef Sheet todo
    @cython.locals(at=i64, seg=i64, until=i64)
    cpdef void spread(self, i64[::1] arrivals) except *
    @cython.locals(i=i64)
    cdef void arrive(self, i64 until) except *
    @cython.locals(mark=i64)
    cdef void come(self, i64 account, i64 since, i64 position) except *
    @cython.locals(s=Stretch, t=Stretch, at=i64)
    cdef i64 instant(self, i64 seg, i64 row) except -1
    @cython.locals(s=Stretch, at=i64)
    cdef i64 instant_end(self, i64 seg, i64 row) except -1
    @cython.locals(s=Stretch, seg=i64, row=i64, end=i64, position=i64, debtor=i64)
    cdef i64 together(self, i64 start) except -1
    @cython.locals(s=Stretch, account=i64, since=i64, seg=i64, place=i64, stop=i64, at=i64)
    cdef void settle(self, i64 start, i64 end) except *
    @cython.locals(s=Stretch, seg=i64, stop=i64, row=i64, after=i64, new=i64, width=i64)
    cdef void run(self, i64 start, i64 end) except *
    @cython.locals(marks="unsigned char[::1]", order="int[::1]", came="long long[::1]",
                   debtors="const int[::1]", creditors="const int[::1]",
                   count=i64, late=bint, new=i64, end=i64, stop=i64, creditor=i64, pays=i64, mark=i64, more=i64)
    cdef i64 blocks(self, Stretch s, i64 row, i64 until, i64 width) noexcept
    @cython.locals(s=Stretch, row=i64, at=i64, shared=bint, i=i64, j=i64, account=i64)
    cdef i64 keep(self, i64 seg, i64 new) except -2
