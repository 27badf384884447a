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
    cpdef int clear(self) except -1
    cpdef i64 mark(self, i64 position) except -1
    @cython.locals(theft=i64)
    cpdef void follow_all(self) except *
    @cython.locals(position=i64, seg=i64, s=Stretch, place=i64, at=i64, left=i64, i=i64)
    cpdef void follow(self, i64 theft) except *
    @cython.locals(p=i64, account=i64, size=i64)
    cdef int abandon(self, i64 theft) except -1
    @cython.locals(w=Pending, p=i64, position=i64, seg=i64, at=i64, account=i64, s=Stretch, edge=i64,
                   by=i64, level=i64, start=i64, end=i64, low=i64, high=i64)
    cdef int step(self, i64 theft) except -1
    @cython.locals(w=Pending, seg=i64, at=i64, account=i64, stop=i64)
    cdef int leave_rest(self, i64 p, i64 start, i64 end) except -1
    @cython.locals(s=Stretch, position=i64)
    cdef int pass_on(self, i64 theft, i64 by, i64 seg, i64 at, i64 offset, i64 size,
                      i64 level) except -1
    @cython.locals(s=Stretch, creditor=i64, row=i64, i=i64, start=i64)
    cdef int arrive(self, i64 theft, i64 seg, i64 at, i64 offset, i64 size, i64 level) except -1
    @cython.locals(s=Stretch, place=i64, first=i64, stop=i64, at=i64)
    cdef int stack(self, i64 seg, i64 row, i64 account, i64 start, i64 size) except -1
    @cython.locals(s=Stretch, place=i64, stop=i64, at=i64)
    cdef int find_place(self, i64 seg, i64 account, i64 start, i64 end) except -1
    @cython.locals(s=Stretch, place=i64)
    cdef int find_height(self, i64 seg, i64 at, i64 stop, i64 account, i64 start, i64 end) except -1
    @cython.locals(s=Stretch, position=i64, p=i64)
    cdef int wait(self, i64 seg, i64 at, i64 stop, i64 account, i64 start, i64 end) except -1
    cdef int rest(self, i64 account, i64 size) except -1
