# The types with which setup.py compiles scan.py. Without them the same file runs as plain Python.
cimport cython

ctypedef unsigned int u32
ctypedef unsigned long long u64
ctypedef long long i64

cdef int BREAK, DROPPED, EXPANDS, FILLER, FILLERS, GRAM, HAN, HITS_PER_CHAR, LETTER
cdef int NEGATION_REACH, PARTS, PHRASE_START, ROUNDS, SHORT, SPARE_HITS, SPELL_START, STOP, TABLE
cdef int ZERO, NINE, LOWER_A, LOWER_Z, LETTERS_END
cdef u64 WORD, GOLDEN

cdef class Reading:
    cdef public u32[::1] codes
    cdef public int[::1] origin, hit_concept, hit_start, hit_end, parts, latest, gap_start, gap_end
    cdef public unsigned char[::1] fired
    cdef public Py_ssize_t size, hits, room, grams, broke, stopped, negated
    cdef public double rule_sum, gram_sum

cdef class Scanner:
    cdef const u32[::1] fold, expansions, spell_out
    cdef const unsigned char[::1] kind, output, negatable, event_edge
    cdef const u32[::1] twin
    cdef const i64[::1] spell_keys, keys
    cdef const int[::1] spell_next, spell_word, spell_from, next, fail, shorter
    cdef const int[::1] event_from, event_code, event_size, slot_concept, slot_role
    cdef const int[::1] group_from, group_of, rule_from, rule_of, veto_from, veto_of
    cdef const int[::1] excuse_from, excuse_of, rule_parts, rule_window
    cdef const double[::1] rule_weight
    cdef const signed char[::1] grams
    cdef int spell_shift, shift, gram_shift, gap_reach
    cdef int concepts, slots, groups, rules

    cpdef Reading normalise(self, const u32[::1] codes)
    cpdef Reading read(self, const u32[::1] codes)
    @cython.locals(i=Py_ssize_t, j=Py_ssize_t, n=Py_ssize_t, k=Py_ssize_t, size=Py_ssize_t,
                   c=u32, f=u32, out=u32[::1], origin=int[::1])
    cdef void fold_all(self, const u32[::1] codes, Reading r) except *
    @cython.locals(codes=u32[::1], i=Py_ssize_t, j=Py_ssize_t, k=Py_ssize_t, n=Py_ssize_t, c=u32,
                   latin=int, foreign=int)
    cdef void unmix(self, Reading r) except *
    cdef int kind_of(self, u32 c) noexcept
    @cython.locals(codes=u32[::1], origin=int[::1], i=Py_ssize_t, j=Py_ssize_t, k=Py_ssize_t,
                   n=Py_ssize_t, left=int, right=int, kind=int)
    cdef int close_gaps(self, Reading r) except -1
    @cython.locals(key=i64, place=u64, found=i64)
    cdef int spelled(self, i64 state, u32 c) noexcept
    @cython.locals(codes=u32[::1], out=u32[::1], origin=int[::1], i=Py_ssize_t, j=Py_ssize_t,
                   k=Py_ssize_t, n=Py_ssize_t, hits=Py_ssize_t, word=int, start=int, longest=int)
    cdef int respell(self, Reading r) except -1
    @cython.locals(codes=u32[::1], n=Py_ssize_t, j=Py_ssize_t, state=int, best=int, word=int)
    cdef int spelling_at(self, Reading r, Py_ssize_t i) noexcept
    @cython.locals(key=i64, place=u64, found=i64)
    cdef int step(self, i64 state, u32 c) noexcept
    @cython.locals(codes=u32[::1], i=Py_ssize_t, room=Py_ssize_t, state=int, found=int, c=u32,
                   kind=int, rule=int)
    cpdef void search(self, Reading r) except *
    @cython.locals(e=int, start=Py_ssize_t, code=int, slot=int, before=int)
    cdef void meet(self, Reading r, int state, Py_ssize_t end) noexcept
    cdef int whole(self, Reading r, Py_ssize_t start, Py_ssize_t end, int edge) noexcept
    @cython.locals(g=int, group=int, v=int, k=int)
    cdef void hit(self, Reading r, int concept, Py_ssize_t start, Py_ssize_t end) noexcept
    cdef void veto(self, Reading r, int rule, Py_ssize_t start) noexcept
    @cython.locals(p=int, group=int, seen=int, v=int, window=int)
    cdef void judge(self, Reading r, int rule, Py_ssize_t start) noexcept
    @cython.locals(codes=u32[::1], n=Py_ssize_t, i=Py_ssize_t, j=Py_ssize_t, c=u64, h=u64,
                   total=i64, count=Py_ssize_t)
    cpdef void add_grams(self, Reading r) except *
    @cython.locals(codes=u32[::1], n=Py_ssize_t, i=Py_ssize_t, j=Py_ssize_t, c=u64, h=u64,
                   k=Py_ssize_t)
    cpdef gram_places(self, Reading r)
    @cython.locals(codes=u32[::1], n=Py_ssize_t, i=Py_ssize_t, j=Py_ssize_t, k=Py_ssize_t, c=u64,
                   h=u64, trace=double[::1], norm=double, share=double)
    cpdef gram_trace(self, Reading r)
