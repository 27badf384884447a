# The types with which setup.py compiles flat.py. Without them the same file runs as plain Python.
cimport cython

ctypedef long long i64

cdef i64 FIELDS, SPREAD, BITS

@cython.locals(i=i64, new="long long[::1]")
cpdef grown(i64[::1] old, i64 size)

cdef class Sheet:
    cdef public i64 count
    cdef i64 room
    cdef public i64[::1] rows
    @cython.locals(at=i64)
    cpdef int add(self, i64 a, i64 b, i64 c, i64 d, i64 e) except -1
    cdef i64 pop(self) noexcept
    cpdef bytes numbers(self)

cdef class Visited:
    cdef public i64 count
    cdef i64 room, mask
    cdef i64[::1] slots, home
    cdef public i64[::1] key, level, last, resting, opening
    cdef make_slots(self)
    @cython.locals(i=i64)
    cpdef int clear(self) except -1
    @cython.locals(at=i64, mask=i64)
    cdef i64 slot(self, i64 key) noexcept
    cpdef i64 find(self, i64 key) noexcept
    @cython.locals(i=i64, slot=i64)
    cpdef i64 at(self, i64 key) except -1
    @cython.locals(i=i64)
    cdef grow(self)

cdef class Pending:
    cdef public i64 count
    cdef i64 room
    cdef i64[::1] order, key, start, end, seg, at, stop, account
    @cython.locals(i=i64, room=i64)
    cdef grow(self)
    cdef bint sooner(self, i64 a, i64 b) noexcept
    @cython.locals(place=i64, hole=i64, above=i64)
    cdef i64 add(self, i64 key, i64 start, i64 end, i64 seg, i64 at) except -1
    @cython.locals(first=i64, place=i64, hole=i64, below=i64, count=i64)
    cdef i64 pop(self) noexcept
