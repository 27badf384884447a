# The types with which setup.py compiles slices.py. Without them the same file runs as plain Python.
cimport cython

ctypedef long long i64

cdef class Slices:
    cdef bint fifo
    cdef int[::1] slot, owner, after, before, first, last, took_owner
    cdef i64[::1] start, stop, gone, took_from, took
    cdef int slices, free_slice, slots, free_slot, pieces

    cdef int grow(self, int accounts) except -1
    @cython.locals(slot=int, base=i64)
    cdef bint take(self, int debtor, i64 amount, i64 short, i64 left) except -1
    @cython.locals(here=int, after=int, stop=i64)
    cdef int take_oldest(self, int slot, i64 base, i64 until) except -1
    @cython.locals(here=int, before=int, start=i64)
    cdef int take_newest(self, int slot, i64 base) except -1
    @cython.locals(low=int, high=int, one=i64, other=i64, whose=int, whose_other=int)
    cdef void turn(self) noexcept
    @cython.locals(slot=int, base=i64, i=int, start=i64, last=int)
    cdef int put(self, int creditor, i64 balance) except -1
    @cython.locals(new=int, last=int)
    cdef int lay(self, int slot, i64 start, i64 stop, int owner) except -1
    cdef void free(self, int here) noexcept
    @cython.locals(slot=int)
    cdef int new_slot(self) except -1
    cdef int more_slices(self) except -1
    @cython.locals(room=int)
    cdef int add_piece(self, i64 start, i64 size, int owner) except -1
    @cython.locals(i=int, whose=int)
    cdef list of_thefts(self)
    @cython.locals(here=int, whose=int)
    cdef dict inside(self, int account)
    @cython.locals(slot=int, here=int, start=i64)
    cdef list listed(self, int account)
    @cython.locals(slot=int)
    cdef int lay_all(self, int account, slices) except -1

cpdef longer(old, str kind, i64 room)
