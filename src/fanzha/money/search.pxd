# The types with which setup.py compiles search.py. Without them the same file runs as plain Python.
cimport cython

from fanzha.money.flat cimport Pending, Sheet, Visited
from fanzha.money.ground cimport Ground, Stretch

ctypedef long long i64

cdef i64 ROW

cdef class Forward(Ground):
    cdef public i64 budget
    cdef i64 rule
    cdef public Visited thefts
    cdef Visited here
    cdef Pending waiting
    cdef public Sheet carried, resting, disputed, cut
    cpdef void clear(self) except *
    cpdef i64 mark(self, i64 position) except -1
    @cython.locals(theft=i64)
    cpdef void follow_all(self) except *
    @cython.locals(position=i64, seg=i64, s=Stretch, place=i64, at=i64, left=i64, i=i64)
    cpdef void follow(self, i64 theft) except *
    @cython.locals(p=i64, account=i64, size=i64)
    cdef void abandon(self, i64 theft) except *
    @cython.locals(w=Pending, p=i64, position=i64, seg=i64, at=i64, account=i64, s=Stretch, edge=i64,
                   by=i64, level=i64, start=i64, end=i64, low=i64, high=i64)
    cdef void step(self, i64 theft) except *
    @cython.locals(w=Pending, seg=i64, at=i64, account=i64, stop=i64)
    cdef void leave_rest(self, i64 p, i64 start, i64 end) except *
    @cython.locals(s=Stretch, position=i64)
    cdef void pass_on(self, i64 theft, i64 by, i64 seg, i64 at, i64 offset, i64 size,
                      i64 level) except *
    @cython.locals(s=Stretch, creditor=i64, row=i64, i=i64, start=i64)
    cdef void arrive(self, i64 theft, i64 seg, i64 at, i64 offset, i64 size, i64 level) except *
    @cython.locals(s=Stretch, place=i64, first=i64, stop=i64, at=i64)
    cdef void stack(self, i64 seg, i64 row, i64 account, i64 start, i64 size) except *
    @cython.locals(s=Stretch, place=i64, stop=i64, at=i64)
    cdef void find_place(self, i64 seg, i64 account, i64 start, i64 end) except *
    @cython.locals(s=Stretch, t=Stretch, place=i64)
    cdef void find_height(self, i64 seg, i64 at, i64 stop, i64 account, i64 start, i64 end) except *
    @cython.locals(s=Stretch, position=i64, p=i64)
    cdef void wait(self, i64 seg, i64 at, i64 stop, i64 account, i64 start, i64 end) except *
    cdef void rest(self, i64 account, i64 size) except *
