# The types with which setup.py compiles generator.py. Without them the same file runs as plain Python.
cimport cython

ctypedef unsigned long long u64
ctypedef long long i64

cdef u64 WORD, GOLDEN, MIX_A, MIX_B, EVEN, EVEN_SQUARED, SPOTS
cdef int STEPS, CASH, BILLERS, RAMPS, ABROAD, OUTSIDE, RING, STAFF
cdef int TRANSFER, QR, PAYROLL, BILL, ATM, TRADE, EXCHANGE, REMITTANCE, REVERSAL
cdef int WAGE, SHOP, PEER, BILLED, DRAWN, PAID_IN, SUPPLY, SOLD, SENT, FOREIGN, RETURNED

cpdef u64 mix(u64 bits) noexcept

cdef class Random:
    cdef public u64 state

    cpdef u64 draw(self) noexcept
    cpdef i64 below(self, u64 limit) noexcept
    @cython.locals(bits=u64, spot=i64, at=i64, low=i64, high=i64)
    cpdef i64 of(self, const i64[::1] table, i64 row) noexcept

cdef class Traffic:
    cdef Random lot, gap_lot
    cdef readonly i64 people, shops, companies, foreign
    cdef readonly i64 first_shop, first_company, first_foreign, begin, length
    cdef u64 seed
    cdef const i64[::1] amounts, gaps
    cdef i64[:, ::1] own
    cdef i64[::1] sales, ring_debtor, ring_creditor, ring_amount
    cdef public i64 sold, at, wages, row, leg, cell
    cdef i64 debtor, creditor, amount, channel
    cdef i64[::1] out_at, out_amount
    cdef int[::1] out_debtor, out_creditor
    cdef signed char[::1] out_channel
    cdef const i64[::1] leg_at, leg_debtor, leg_creditor, leg_amount, leg_own, leg_stolen, leg_channel

    @cython.locals(begin=i64, width=i64, whole=i64, passed=i64, at=i64, start=u64, kinds="const int[::1]")
    cpdef void fill(self, i64 cell, span, i64 count, shares) except *
    @cython.locals(bits=u64, at=i64, low=i64, high=i64)
    cdef i64 gap(self) noexcept
    @cython.locals(k=i64)
    cdef void lay_stolen(self, i64 until) noexcept
    @cython.locals(row=i64, left=i64, debtor=i64, creditor=i64)
    cdef void write(self, i64 given, i64 got) noexcept
    @cython.locals(bits=u64, kind=int)
    cdef void make(self, const int[::1] shares) noexcept
    @cython.locals(bits=u64)
    cdef void pay_as_person(self, int kind, i64 person) noexcept
    @cython.locals(run=u64, company=i64, place=i64)
    cdef void pay_wage(self) noexcept
    @cython.locals(first=i64, one=i64, other=i64)
    cdef void pay_in_foreign(self, u64 bits) noexcept
    @cython.locals(amount=i64)
    cdef void settle(self, int kind, i64 unit, int channel) noexcept
    @cython.locals(spot=i64)
    cdef void remember(self) noexcept
    @cython.locals(spot=i64)
    cdef bint give_back(self, u64 bits) noexcept
    @cython.locals(rank=i64)
    cdef i64 person(self, u64 bits) noexcept
    @cython.locals(one=u64, two=u64, rank=i64)
    cdef i64 contact(self, i64 person, u64 bits) noexcept
    cdef i64 usual_shop(self, i64 person, u64 bits) noexcept
    @cython.locals(spot=u64, rank=i64)
    cdef i64 active(self, u64 bits) noexcept
    @cython.locals(spot=u64)
    cdef i64 popular(self, u64 bits, u64 many) noexcept
    @cython.locals(bits=u64, opened=i64)
    cdef bint is_open(self, i64 rank) noexcept
