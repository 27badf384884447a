# The types with which setup.py compiles ground.py. Without them the same file runs as plain Python.
cimport cython

ctypedef long long i64

cdef i64 ROW, LONG

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define FANZHA_TOUCH(place) __builtin_prefetch(place)
    #else
    #define FANZHA_TOUCH(place) (void)(place)
    #endif
    """
    void FANZHA_TOUCH(const void* place) noexcept

cdef inline void touch(Stretch s, i64 place) noexcept:
    FANZHA_TOUCH(&s.out_accounts[place])
    FANZHA_TOUCH(&s.out_starts[place])
    FANZHA_TOUCH(&s.ends[place, 0])


cdef class Stretch:
    cdef public i64 first, rows
    cdef const i64[::1] booked_at, out_starts, into_starts, low
    cdef const int[::1] debtor, creditor, out_accounts, into_accounts, out_buckets, into_buckets
    cdef const i64[:, ::1] out, into, ends
    cdef bint minima
    cdef i64[::1] low32, low1024, ends_buckets
    cpdef i64 payer(self, i64 account) noexcept
    cpdef i64 payee(self, i64 account) noexcept
    @cython.locals(bucket=i64)
    cdef void ask(self, i64 account) noexcept
    @cython.locals(bucket=i64, low=i64, guess=i64)
    cpdef i64 end_of(self, i64 account) except -2
    @cython.locals(middle=i64)
    cdef i64 lower_end(self, i64 account, i64 low, i64 high) noexcept
    @cython.locals(count=i64, largest=i64, bucket=i64, before=i64, buckets="long long[::1]")
    cdef make_buckets(self)
    @cython.locals(block=i64, i=i64, least=i64, low32="long long[::1]", low1024="long long[::1]")
    cdef make_minima(self)
    cdef i64 next_lower(self, i64 at, i64 stop, i64 height) except -2
    cdef i64 last_lower(self, i64 start, i64 at, i64 height) except -2
    cdef i64 covering_out(self, i64 start, i64 stop, i64 place) noexcept
    cdef i64 covering_into(self, i64 start, i64 stop, i64 place) noexcept
    @cython.locals(low=i64, middle=i64)
    cdef i64 lower_row(self, i64 instant, i64 row) noexcept
    cpdef i64 first_out(self, i64 start, i64 stop, i64 row) noexcept
    cdef i64 first_into(self, i64 start, i64 stop, i64 row) noexcept

@cython.locals(bucket=i64, low=i64, high=i64, middle=i64, guess=i64)
cdef i64 listed(const int[::1] accounts, const int[::1] buckets, i64 account) noexcept
@cython.locals(low=i64, middle=i64)
cdef i64 covering(const i64[:, ::1] rows, i64 start, i64 stop, i64 place) noexcept
@cython.locals(middle=i64)
cdef i64 first_from(const i64[:, ::1] rows, i64 start, i64 stop, i64 row) noexcept

cdef class Ground:
    cdef public list stretches
    cdef const i64[::1] stated, carried_in, carried_out, carried_lowest
    cdef const unsigned char[::1] terminal
    cdef public i64 limit, final
    @cython.locals(number=i64, s=Stretch)
    cpdef i64 where(self, i64 position) except -2
    cdef bint keeps(self, i64 account) noexcept
    @cython.locals(lowest=i64)
    cpdef i64 opening(self, i64 account) except? -2
    @cython.locals(s=Stretch, lowest=i64, place=i64, at=i64, stop=i64)
    cpdef i64 lowest(self, i64 account) except? 2
    @cython.locals(number=i64, s=Stretch, place=i64)
    cdef i64 lowest_before(self, i64 account, i64 seg) except? 2
    @cython.locals(number=i64, s=Stretch, place=i64, start=i64, at=i64)
    cdef i64 got(self, i64 account, i64 seg, i64 row) except? -2
    @cython.locals(number=i64, s=Stretch, place=i64, start=i64, at=i64)
    cdef i64 paid(self, i64 account, i64 seg, i64 row) except? -2
    @cython.locals(row=i64)
    cpdef i64 total(self, i64 account, i64 side) except? -2
