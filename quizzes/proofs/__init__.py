"""Proofs: what is true of a quiz on every path of answers, decided by enumeration and not by guessing.

partition     the answers to a question that conditions can tell apart, one of each kind
enumeration   all of them in asking order, with what is not needed any more forgotten; trails are its paths
reach, paths  what is reached, how long it takes, and one path for every set of questions asked
satisfiable, conceivable   whether a condition, or some filters together, can ever hold
variants, descent, filtering, leftovers   which items every path leaves, as sets that only shrink
ranking       which items the shop's weights can never bring to the front
"""
