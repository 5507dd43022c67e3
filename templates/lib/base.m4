m4_changequote([, ])m4_changecom[]m4_divert(-1)
Quotes, loops and checks that every template uses. Read first, under `m4 -P -E -E`. This text is discarded.

Namespaces: M_ library, F_ facts, V_ vocabulary of the ISA, A_ activations, T_ local to a template, I_ loop
variables. sepcc refuses output in which a word of one of these (or m4_) is left over.

M_FATAL(text): stops with an error that names the template's line.
m4_define([M_FATAL], [m4_errprint(m4___file__:m4___line__: error: $1
)m4_m4exit(1)])

M_NEED(name, ...): every name must be defined, or it is fatal. Templates open with it. Returns nothing.
m4_define([M_NEED], [m4_ifelse([$1], [], [],
    [m4_ifdef([$1], [], [M_FATAL([missing fact $1])])M_NEED(m4_shift($@))])])

M_FACT(name, index, name, index ...): the fact F_name_index_..., which must exist: M_FACT([ROW], 2, [SIZE]). Fatal
otherwise (m4_indir of an unknown name, under -E -E).
m4_define([M_FACT], [m4_indir(m4_translit([[F,$*]], [,], [_]))])

M_FOR(variable, low, high, body): body for variable = low .. high-1. Returns the bodies, nothing between them.
m4_define([M_FOR], [m4_ifelse(m4_eval($2 < $3), 1,
    [m4_pushdef([$1], m4_eval($2))_M_FOR([$1], m4_eval($3), [$4])m4_popdef([$1])])])
m4_define([_M_FOR],
    [$3[]m4_ifelse(m4_eval($1 + 1 < $2), 1, [m4_define([$1], m4_eval($1 + 1))_M_FOR([$1], [$2], [$3])])])

M_IF(condition, then, else): integer condition as of m4_eval.
m4_define([M_IF], [m4_ifelse(m4_eval($1), 0, [$3], [$2])])

M_ONCE(name, text): text the first time it is called with that name, nothing after.
m4_define([M_ONCE], [m4_ifdef([M_ONCE_$1], [], [m4_define([M_ONCE_$1])$2])])

M_EVAL(expression): its value in 32-bit arithmetic. For offsets within one image, which fit.
m4_define([M_EVAL], [m4_eval($1)])

M_PLUS(pointer, offset): `pointer + offset`, or `pointer` alone when the offset is 0.
m4_define([M_PLUS], [m4_ifelse(m4_eval($2), 0, [$1], [$1 + m4_eval($2)])])

M_TERM(offset): ` + offset`, or nothing when the offset is 0.
m4_define([M_TERM], [M_IF($1, [ + M_EVAL($1)])])

M_OPERANDS(constraint, variable, ...): each as an operand of an asm statement. Returns them, a comma between two.
m4_define([M_OPERANDS], ["$1"($2)m4_ifelse($#, 2, [], [[, ]M_OPERANDS([$1], m4_shift(m4_shift($@)))])])

m4_divert(0)m4_dnl
