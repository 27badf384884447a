# The types with which setup.py compiles reach.py. Without them the same file runs as plain Python.
cimport cython

from fanzha.money.flat cimport Sheet, Visited
from fanzha.money.ground cimport Ground, Stretch

ctypedef long long i64

cdef i64 ROW

cdef class Reach(Ground):
    cdef public i64 budget, cut
    cdef public bint loose
    cdef Visited here
    cdef Sheet todo
    cpdef void start(self, i64 account, i64 position) except *
    @cython.locals(seg=i64, s=Stretch, row=i64, place=i64, at=i64)
    cpdef void begin(self, i64 position) except *
    @cython.locals(s=Stretch, t=Stretch, instant=i64, low=i64, middle=i64)
    cdef i64 after(self, i64 seg, i64 row) except -1
    @cython.locals(i=i64, queued=bint)
    cdef void come(self, i64 account, i64 since, i64 position) except *
    @cython.locals(left=i64, i=i64, since=i64, until=i64)
    cpdef void spread(self) except *
    @cython.locals(looked=i64, seg=i64, s=Stretch, place=i64, stop=i64, at=i64, row=i64)
    cdef i64 pay(self, i64 account, i64 since, i64 until) except -1
    @cython.locals(i=i64, sheet=Sheet)
    cpdef Sheet found(self)
