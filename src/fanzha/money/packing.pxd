# The types with which setup.py compiles packing.py. Without them the same file runs as plain Python.
cimport cython

ctypedef long long i64

cdef i64 GOT, PAID, LOWEST, OUT, INTO

@cython.locals(debtors="const int[::1]",
               creditors="const int[::1]", amounts="const long long[::1]",
               row=i64, debtor=i64, creditor=i64, amount=i64, before=i64, largest=i64)
cpdef weigh(const long long[::1] booked_at, payments, i64 room)

@cython.locals(debtors="const int[::1]", creditors="const int[::1]", row=i64)
cpdef void count(payments, i64[:, ::1] lines) except *

@cython.locals(debtors="const int[::1]", creditors="const int[::1]", amounts="const long long[::1]",
               out="long long[:, ::1]", low="long long[::1]", into="long long[:, ::1]",
               row=i64, debtor=i64, creditor=i64, amount=i64, paid=i64, got=i64, left=i64, at=i64)
cpdef void pack(payments, i64[:, ::1] lines, packed) except *
