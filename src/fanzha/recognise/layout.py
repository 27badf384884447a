"""What the kernel's numbers mean: the flags of a character and the bounds of its work."""

HAN, FILLER, SPELL_START, PHRASE_START, BREAK, LETTER, STOP, SHORT = 1, 2, 4, 8, 16, 32, 64, 128
TABLE = 0x30000  # code points above have no entry and stand for themselves
EXPANDS = 0x200000  # a fold of this value and more is a place in the expansions
DROPPED = 0x1FFFFF
HITS_PER_CHAR = 4
SPARE_HITS = 16
FILLERS = 3  # so many inserted symbols in a row are undone between two Han characters
ROUNDS = 8  # of respelling and closing gaps; real evasion needs two
NEGATION_REACH = 10  # characters between "do not" and what is not to be done
PARTS = 4  # a rule joins at most so many groups of words
GRAM = 4  # the longest learned n-gram
WORD = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15
