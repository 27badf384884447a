# The types with which setup.py compiles origin.py. Without them the same file runs as plain Python.
cimport cython

from fanzha.money.flat cimport Pending, Sheet, Visited
from fanzha.money.ground cimport Ground, Stretch

ctypedef long long i64

cdef i64 ROW, LIFO

cdef class Backward(Ground):
    cdef public i64 budget, deepest
    cdef i64 rule
    cdef Visited stops
    cdef Pending waiting
    cdef public Sheet passed, sources
    cpdef i64 mark(self, i64 position) except -1
    @cython.locals(got=i64, paid=i64, held=i64, start=i64, row=i64, left=i64)
    cpdef i64 follow(self, i64 account, i64 amount) except -1
    @cython.locals(w=Pending, p=i64, key=i64, seg=i64, at=i64, depth=i64, start=i64, end=i64,
                   low=i64, high=i64, hops=i64)
    cdef int step(self, bint further) except -1
    @cython.locals(s=Stretch, debtor=i64, row=i64, position=i64, place=i64, paid=i64, low=i64,
                   base=i64)
    cdef int give_back(self, i64 seg, i64 at, i64 start, i64 end, i64 depth, bint further) except -1
    @cython.locals(s=Stretch, place=i64, first=i64, at=i64, low=i64, paid=i64, latest=i64)
    cdef int dig(self, i64 account, i64 seg, i64 row, i64 start, i64 end, i64 depth) except -1
    @cython.locals(s=Stretch, place=i64, first=i64, at=i64, before=i64, low=i64, row=i64, p=i64)
    cdef int draw(self, i64 account, i64 seg, i64 start, i64 end, i64 depth) except -1
