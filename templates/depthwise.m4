m4_divert(-1)
m4_dnl depthwise.m4: a depthwise convolution, NHWC, f32, from the facts of facts_depthwise.c (templates/README.md).

m4_dnl Names in the output: row<R>, column<C> and band<K> are the plan's bands of rows, columns and channels; a
m4_dnl *step* computes one register tile: `rows x columns x vectors` accumulators a<row>_<column>_<vector>.

M_NEED([F_PREFIX], [F_PART], [F_UNROLL], [F_TAP_ORDER], [F_COLUMNS_APART], [F_SUMS_APART], [F_LANES], [F_HEIGHTS], [F_WIDTHS], [F_VECTOR_FLOATS], [F_ROW_TILES],
    [F_ROWS], [F_COLUMNS], [F_BANDS], [F_GROUPS], [F_GROUP_TOTAL], [F_PREFETCH_INPUT], [F_PREFETCH_OUTPUT])

m4_dnl Sizes that follow from the facts, in elements.
m4_define([T_IN_ROW], M_EVAL(F_IN_W * F_IN_C))
m4_define([T_OUT_ROW], M_EVAL(F_OUT_W * F_OUT_C))
m4_define([T_TAPS], M_EVAL(F_KERNEL_H * F_KERNEL_W))

m4_dnl T_TIMES(variable, factor): ` + variable * factor`, or nothing when the factor is 0.
m4_define([T_TIMES], [M_IF($2, [ + $1 * M_EVAL($2)])])

m4_dnl T_LOAD(band, vector, pointer): the input lanes of one channel vector.
m4_define([T_LOAD], [m4_ifelse(F_LANES, [dup], [V_DUP($3)],
    F_LANES, [spread], [V_SPREAD(T_LOAD_LANES([$3], M_FACT([BAND], $1, [VECTOR], $2, [IN_LANES])), F_MULTIPLIER,
        M_FACT([BAND], $1, [VECTOR], $2, [PHASE]))],
    [T_LOAD_LANES([$3], M_FACT([BAND], $1, [VECTOR], $2, [IN_LANES]))])])
m4_define([T_LOAD_LANES], [M_IF($2 == V_LANES, [V_LOAD([$1])], [V_LOAD_TAIL([$1], $2)])])

m4_dnl T_ACCUMULATORS(band, rows, columns): declares them, at their bias.
m4_define([T_ACCUMULATORS], [M_FOR([I_V], 0, M_FACT([BAND], $1, [VECTORS]), [m4_dnl
        V_TYPE a0_0_[]I_V = V_LOAD_PACKED(M_PLUS([w], I_V * F_VECTOR_FLOATS));
])M_FOR([I_R], 0, $2, [M_FOR([I_C], 0, $3, [M_IF(I_R + I_C, [M_FOR([I_V], 0, M_FACT([BAND], $1, [VECTORS]), [m4_dnl
        V_TYPE a[]I_R[]_[]I_C[]_[]I_V = a0_0_[]I_V;
])])])])])

m4_dnl T_STORES(band, rows, columns): the activation and the stores.
m4_define([T_STORES], [m4_ifelse(F_ACT, [prelu], [M_FOR([I_V], 0, M_FACT([BAND], $1, [VECTORS]), [m4_dnl
        const V_TYPE slope[]I_V = V_LOAD_PACKED(w + M_EVAL(I_V * F_VECTOR_FLOATS + V_LANES * (1 + T_TAPS)));
])])M_FOR([I_R], 0, $2, [M_FOR([I_C], 0, $3, [M_FOR([I_V], 0, M_FACT([BAND], $1, [VECTORS]), [A_SETTLE([        ], [a]I_R[_]I_C[_]I_V)])])])M_FOR([I_R], 0, $2, [M_FOR([I_C], 0, $3, [M_FOR([I_V], 0, M_FACT([BAND], $1, [VECTORS]), [m4_dnl
A_APPLY([        ], [a]I_R[_]I_C[_]I_V, [slope]I_V, []T_STORE(M_PLUS([out], I_R * T_OUT_ROW + I_C * F_OUT_C + M_FACT([BAND], $1, [VECTOR], I_V, [OUT])), [a]I_R[_]I_C[_]I_V, M_FACT([BAND], $1, [VECTOR], I_V, [LANES])))])])])A_DONE([        ])])
m4_define([T_STORE], [        M_IF($3 == V_LANES, [V_STORE([$1], [$2])], [V_STORE_TAIL([$1], [$2], $3)]);
])

m4_dnl The plan's lists (facts ROW_<r>_KERNEL_<y>, COLUMN_<c>_CHUNK_<h>_WEIGHTS and _INPUTS) are made of calls of the four
m4_dnl words below. Their context: T_K the channel band, T_C the column band, T_H the chunk, T_W the weights' pointer and
m4_dnl T_W_AT its offset at tap 0, T_IN the offset of the input row, T_R the row.

m4_dnl T_WEIGHT(tap): loads a tap, for each vector.
m4_define([T_WEIGHT], [m4_define([T_LOADED], 0)M_FOR([I_V], 0, T_VECTORS, [m4_dnl
            M_IF(F_COLUMNS_APART, [], [const ])V_TYPE w$1_[]I_V = V_LOAD_PACKED(M_PLUS(T_W, T_W_AT + I_V * F_VECTOR_FLOATS + V_LANES * $1));
])])
m4_dnl T_HELD(): the weights of the chunk, a comma before each. T_NEXT_COLUMN(): where a product overwrites a factor the compiler
m4_dnl copies weights, and would do so ahead, until there is no register left: what is done with them behind it comes behind.
m4_define([T_HELD], [m4_pushdef([T_WEIGHT], m4_defn([T_HELD_WEIGHT]))M_FACT([COLUMN], T_C, [CHUNK], T_H, [WEIGHTS])m4_popdef([T_WEIGHT])])
m4_define([T_HELD_WEIGHT], [M_FOR([I_V], 0, T_VECTORS, [, w$1_[]I_V])])
m4_define([T_NEXT_COLUMN], [M_IF(F_COLUMNS_APART, [M_IF(T_LOADED, [m4_dnl
            V_IN_ORDER(m4_shift(T_HELD));
])m4_define([T_LOADED], 1)])])
m4_dnl T_INPUT(load, input column): loads it, for each vector.
m4_define([T_INPUT], [T_NEXT_COLUMN[]M_FOR([I_V], 0, T_VECTORS, [m4_dnl
            const V_TYPE x[]T_R[]_$1_[]I_V = T_LOAD(T_K, I_V, M_PLUS([in], T_IN + $2 * F_IN_C + M_FACT([BAND], T_K, [VECTOR], I_V, [IN])));
])])
m4_dnl T_USE(load, output column, tap): adds what it gives to that output.
m4_define([T_USE], [M_FOR([I_V], 0, T_VECTORS, [m4_dnl
            a[]T_R[]_$2_[]I_V = V_FMA(x[]T_R[]_$1_[]I_V, w$3_[]I_V, a[]T_R[]_$2_[]I_V);
])])
m4_dnl T_ROW(row, input row): all that the chunk gives to a row of the tile.
m4_define([T_ROW], [m4_define([T_R], $1)m4_define([T_IN], M_EVAL($2 * T_IN_ROW))M_FACT([COLUMN], T_C, [CHUNK], T_H, [INPUTS])])

m4_dnl T_CHUNKS(body, row band): body for every chunk of the column band that has taps, as T_H.
m4_define([T_CHUNKS], [M_FOR([T_H], 0, M_FACT([COLUMN], T_C, [CHUNKS]), [m4_ifelse(m4_len(m4_defn([F_COLUMN_]T_C[_CHUNK_]T_H[_WEIGHTS])), 0, [],
    [M_IF(F_COLUMNS_APART && T_H, [T_APART($2)])$1])])])

m4_dnl T_BIND(column band, band): sets the context.
m4_define([T_BIND], [m4_define([T_C], $1)m4_define([T_K], $2)m4_define([T_VECTORS], M_FACT([BAND], $2, [VECTORS]))])

m4_dnl ---- unroll=full: every tap of every output straight-line ----------------------------------------------------

m4_dnl T_SPAN(kernel, dilation, stride, outputs): input positions from the first to the last that the outputs read.
m4_define([T_SPAN], [M_EVAL(($1 - 1) * $2 + 1 + ($4 - 1) * $3)])

m4_dnl T_FETCH(pointer, row's floats, channels, rows, first column, columns, steps): asks for these columns of these rows. The
m4_dnl steps over the channels of one cache line share its columns among them. An address, not a pointer: it may lie behind
m4_dnl the tensor.
m4_define([T_FETCH], [_T_FETCH([$1], $2, $3, $4, $5, M_EVAL(($6 + $7 - 1) / $7), $7)])
m4_define([_T_FETCH], [m4_dnl
        const uintptr_t $1_ahead = (uintptr_t)$1 + M_EVAL($5 * $3 * 4)M_IF($7 > 1, [ + (uintptr_t)$1 / M_EVAL(64 / $7) % $7 * M_EVAL($6 * $3 * 4)]);
M_FOR([I_R], 0, $4, [M_FOR([I_C], 0, $6, [m4_dnl
        V_PREFETCH((const void *)(M_PLUS([$1_ahead], I_R * $2 * 4 + I_C * $3 * 4)));
])])])

m4_dnl T_FETCHES(row band, column band, band): what the next tile along the row reads and writes.
m4_define([T_FETCHES], [_T_FETCHES(M_FACT([ROW], $1, [SIZE]), M_FACT([COLUMN], $2, [SIZE]), M_EVAL(V_LANES * M_FACT([BAND], $3, [VECTORS]) * 4))])
m4_define([_T_FETCHES], [__T_FETCHES($1, $2, M_IF($3 < 64, [M_EVAL(64 / $3)], 1))])
m4_define([__T_FETCHES], [M_IF(F_PREFETCH_INPUT, [T_FETCH([in], T_IN_ROW, F_IN_C, T_SPAN(F_KERNEL_H, F_DILATION_H, F_STRIDE_H, $1),
    T_SPAN(F_KERNEL_W, F_DILATION_W, F_STRIDE_W, $2), M_EVAL($2 * F_STRIDE_W), $3)])M_IF(F_PREFETCH_OUTPUT, [T_FETCH([out], T_OUT_ROW, F_OUT_C, $1, $2, $2, $3)])])

m4_dnl T_STEP_COMMENT(rows, columns, band, more): the contract of a step.
m4_define([T_STEP_COMMENT], [/*
 * $1 x $2 outputs of M_IF(M_FACT([BAND], $3, [COUNT]) > 1, [M_FACT([BAND], $3, [COUNT]) times ])M_EVAL((M_FACT([BAND], $3, [VECTORS]) - 1) * V_LANES + M_FACT([BAND], $3, [VECTOR], M_EVAL(M_FACT([BAND], $3, [VECTORS]) - 1), [LANES])) channels$4. pixels: the first that they read, at their input
 * channels; packed: their weights, from the bias on; outputs: the first of them.
 */])

m4_dnl T_STEP(name, band, more arguments, body): the function of a step, over all its channels. It is compiled by itself, unless
m4_dnl all channels are one step: then the call would be felt.
m4_define([T_STEP], [M_IF(F_BANDS == 1 && M_FACT([BAND], $2, [COUNT]) == 1, [static inline], [M_ALONE]) void F_PREFIX[]$1_band$2(const float *restrict pixels, const float *restrict packed,
                                             float *restrict outputs[]$3)
{
    M_IF(M_FACT([BAND], $2, [COUNT]) > 1, [for (size_t k = 0; k < M_FACT([BAND], $2, [COUNT]); ++k) ]){
        const float *in = pixels[]T_K_AT($2, [IN], 1);
        const float *const w = packed[]T_K_AT($2, [VECTOR], F_VECTOR_FLOATS);
        float *const out = outputs[]T_K_AT($2, [OUT], 1);
$4[]m4_dnl
    }
}
])

m4_dnl T_STEP_FULL(row band, column band, band)
m4_define([T_STEP_FULL], [T_BIND($2, $3)
T_STEP_COMMENT(M_FACT([ROW], $1, [SIZE]), M_FACT([COLUMN], $2, [SIZE]), $3)
T_STEP([step_row$1_column$2], $3, [], [m4_dnl
        (void)in;
T_FETCHES($1, $2, $3)T_ACCUMULATORS($3, M_FACT([ROW], $1, [SIZE]), M_FACT([COLUMN], $2, [SIZE]))m4_ifelse(F_TAP_ORDER, [input], [T_BY_INPUT_ROW($1)],
    [T_BY_KERNEL_ROW($1)])T_STORES($3, M_FACT([ROW], $1, [SIZE]), M_FACT([COLUMN], $2, [SIZE]))])])

m4_dnl T_APART(row band): what is loaded behind it is loaded then, and is not what was loaded before for all the compiler knows: it
m4_dnl keeps no input for the next kernel row, and loads none ahead. With F_SUMS_APART all sums are made by then, so that no input
m4_dnl waits for its use.
m4_define([T_APART], [M_IF(F_SUMS_APART, [M_FOR([I_R], 0, M_FACT([ROW], $1, [SIZE]), [M_FOR([I_V], 0, T_VECTORS, [m4_dnl
        V_IN_ORDER(m4_shift(M_FOR([I_C], 0, M_FACT([COLUMN], T_C, [SIZE]), [, a[]I_R[]_[]I_C[]_[]I_V])));
])])])m4_dnl
        __asm__ volatile("" : "+r"(in) : : "memory");
])

m4_dnl T_BY_KERNEL_ROW(row band): each kernel row's weights, and the inputs of all rows of the tile.
m4_define([T_BY_KERNEL_ROW], [M_FOR([I_Y], 0, F_KERNEL_H,
    [m4_ifelse(m4_len(m4_defn([F_ROW_$1_KERNEL_]I_Y)), 0, [], [m4_define([T_W_AT], M_EVAL(V_LANES * (1 + I_Y * F_KERNEL_W)))m4_ifelse(F_TAP_ORDER, [apart], [M_IF(I_Y, [T_APART($1)])])T_CHUNKS([m4_dnl
        { /* kernel row I_Y */
M_FACT([COLUMN], T_C, [CHUNK], T_H, [WEIGHTS])M_FACT([ROW], $1, [KERNEL], I_Y)m4_dnl
        }
], $1)])])])

m4_dnl T_BY_INPUT_ROW(row band): each input row, for all rows of the tile that need it. The kernel's columns are one chunk. The
m4_dnl bias is copied into all accumulators at once, so that it is in no register more.
m4_define([T_BY_INPUT_ROW], [M_FOR([I_V], 0, T_VECTORS, [m4_dnl
        V_IN_ORDER(a0_0_[]I_V);
])m4_pushdef([T_WEIGHT], m4_defn([T_WEIGHT_OF_ROW]))m4_pushdef([T_USE], m4_defn([T_USE_BY_ROWS]))m4_dnl
m4_define([T_H], 0)M_FOR([T_L], 0, M_FACT([ROW], $1, [LINES]), [m4_define([T_B], $1)M_IF(T_L, [T_APART($1)])M_FACT([ROW], $1, [LINE], T_L, [KERNEL_ROWS])m4_dnl
        { /* input row M_FACT([ROW], $1, [LINE], T_L, [AT]) */
T_ROW(T_L, M_FACT([ROW], $1, [LINE], T_L, [AT]))m4_dnl
        }
])m4_popdef([T_WEIGHT])m4_popdef([T_USE])])
m4_define([T_KERNEL_ROW], [m4_define([T_Y], $1)m4_define([T_W_AT], M_EVAL(V_LANES * (1 + $1 * F_KERNEL_W)))M_FACT([COLUMN], T_C, [CHUNK], T_H, [WEIGHTS])])
m4_define([T_WEIGHT_OF_ROW], [M_FOR([I_V], 0, T_VECTORS, [m4_dnl
        const V_TYPE w[]T_Y[]_$1_[]I_V = V_LOAD_PACKED(M_PLUS(T_W, T_W_AT + I_V * F_VECTOR_FLOATS + V_LANES * $1));
])])
m4_dnl T_USE_BY_ROWS(load, output column, tap), T_ROW_USE(row, kernel row): adds what it gives to that column of all rows.
m4_define([T_USE_BY_ROWS], [m4_define([T_X], $1)m4_define([T_OUT], $2)m4_define([T_TAP], $3)M_FACT([ROW], T_B, [LINE], T_L, [USES])])
m4_define([T_ROW_USE], [M_FOR([I_V], 0, T_VECTORS, [m4_dnl
            a$1_[]T_OUT[]_[]I_V = V_FMA(x[]T_R[]_[]T_X[]_[]I_V, w$2_[]T_TAP[]_[]I_V, a$1_[]T_OUT[]_[]I_V);
])])
m4_define([T_W], [w])

m4_dnl ---- unroll=row: a loop over kernel rows ---------------------------------------------------------------------

m4_dnl T_STEP_ROW(rows, column band, band)
m4_define([T_STEP_ROW], [T_BIND($2, $3)m4_pushdef([T_W], [weights])m4_define([T_W_AT], 0)
T_STEP_COMMENT($1, M_FACT([COLUMN], $2, [SIZE]), $3, [, over `count` kernel rows from `first` on])
T_STEP([step_height$1_column$2], $3, [, size_t first, size_t count], [m4_dnl
T_ACCUMULATORS($3, $1, M_FACT([COLUMN], $2, [SIZE]))m4_dnl
        const float *weights = w + V_LANES + first * M_EVAL(V_LANES * F_KERNEL_W);
        for (size_t y = 0; y < count; ++y, in += M_EVAL(F_DILATION_H * T_IN_ROW), weights += M_EVAL(V_LANES * F_KERNEL_W)) {
T_CHUNKS([m4_dnl
            {
M_FACT([COLUMN], T_C, [CHUNK], T_H, [WEIGHTS])M_FOR([I_R], 0, $1, [T_ROW(I_R, I_R * F_STRIDE_H)])m4_dnl
            }
])m4_dnl
        }
T_STORES($3, $1, M_FACT([COLUMN], $2, [SIZE]))])m4_popdef([T_W])])

m4_dnl ---- unroll=none: loops over kernel rows and columns ---------------------------------------------------------

m4_dnl T_STEP_NONE(columns, band)
m4_define([T_STEP_NONE], [
T_STEP_COMMENT(1, $1, $2, [, over the kernel rows and columns of their runs])
T_STEP([step_width$1], $2, [, const struct ]F_PREFIX[run *row, const struct ]F_PREFIX[run *column], [m4_dnl
T_ACCUMULATORS($2, 1, $1)m4_dnl
        for (size_t y = row->low; y < row->high; ++y, in += M_EVAL(F_DILATION_H * T_IN_ROW)) {
            const float *weights = w + V_LANES * (1 + y * F_KERNEL_W);
            const float *at = in;
            for (size_t x = column->low; x < column->high; ++x, at += M_EVAL(F_DILATION_W * F_IN_C)) {
M_FOR([I_V], 0, M_FACT([BAND], $2, [VECTORS]), [m4_dnl
                const V_TYPE w[]I_V = V_LOAD_PACKED(M_PLUS([weights + x * V_LANES], I_V * F_VECTOR_FLOATS));
])M_FOR([I_C], 0, $1, [M_FOR([I_V], 0, M_FACT([BAND], $2, [VECTORS]), [m4_dnl
                a0_[]I_C[]_[]I_V = V_FMA(T_LOAD($2, I_V, M_PLUS([at], I_C * F_STRIDE_W * F_IN_C + M_FACT([BAND], $2, [VECTOR], I_V, [IN]))), w[]I_V, a0_[]I_C[]_[]I_V);
])])m4_dnl
            }
        }
T_STORES($2, 1, $1)])])

m4_dnl ---- walking over a row of tiles -----------------------------------------------------------------------------

m4_dnl T_LOOP(variable, count, indent): a `for` line, or nothing when the count is 1.
m4_define([T_LOOP], [M_IF($2 > 1, [$3[]for (size_t $1 = 0; $1 < $2; ++$1)
])])

m4_dnl T_WALK(band, indent, step function, column in, column out, more arguments): calls the step over a channel band.
m4_define([T_WALK], [T_LOOP([c], M_FACT([BAND], $1, [REPEAT]), [$2])_T_WALK($1, [$2]M_IF(M_FACT([BAND], $1, [REPEAT]) > 1, [    ]), m4_shift(m4_shift($@)))])
m4_define([_T_WALK], [m4_dnl
$2[]$3(in[]T_AT($1, [IN], 1, [$4]), w[]T_AT($1, [VECTOR], F_VECTOR_FLOATS, []), out[]T_AT($1, [OUT], 1, [$5])[]$6);
])
m4_define([T_AT], [$4[]M_TERM(M_FACT([BAND], $1, [FIRST], [$2]) * $3)M_IF(M_FACT([BAND], $1, [REPEAT]) > 1,
    [T_TIMES([c], M_FACT([BAND], $1, [STRIDE], [$2]) * $3)])])
m4_dnl T_K_AT(band, fact, factor): where the k-th of a band's steps is, behind its first.
m4_define([T_K_AT], [M_IF(M_FACT([BAND], $1, [COUNT]) > 1, [T_TIMES([k], M_FACT([BAND], $1, [STEP], [$2]) * $3)])])

m4_dnl T_COLUMN(column band, group, step function prefix, more arguments): all tiles of a column band.
m4_define([T_COLUMN_INDENT], [M_IF(M_FACT([COLUMN], $1, [COUNT]) > 1, [[        ]], [[    ]])])
m4_define([T_COLUMN], [M_IF(M_FACT([COLUMN], $1, [COUNT]) > 1, [m4_dnl
    for (size_t t = 0; t < M_FACT([COLUMN], $1, [COUNT]); ++t) {
])M_FOR([I_K], M_FACT([GROUP], $2, [BAND_LOW]), M_FACT([GROUP], $2, [BAND_HIGH]), [T_WALK(I_K, T_COLUMN_INDENT($1), [$3]_column$1_band[]I_K,
    [M_TERM(M_FACT([COLUMN], $1, [IN]) * F_IN_C)M_IF(M_FACT([COLUMN], $1, [COUNT]) > 1, [T_TIMES([t], M_FACT([COLUMN], $1, [STEP]) * F_IN_C)])],
    [M_TERM(M_FACT([COLUMN], $1, [OUT]) * F_OUT_C)M_IF(M_FACT([COLUMN], $1, [COUNT]) > 1, [T_TIMES([t], M_FACT([COLUMN], $1, [SIZE]) * F_OUT_C)])],
    [$4])])M_IF(M_FACT([COLUMN], $1, [COUNT]) > 1, [m4_dnl
    }
])])

m4_dnl T_ROW_OF_TILES(row band, group): one row of tiles of a band of rows.
m4_define([T_ROW_OF_TILES], [
/* Output rows from M_FACT([ROW], $1, [OUT]): M_FACT([ROW], $1, [COUNT]) tiles of M_FACT([ROW], $1, [SIZE]) rows. */
M_ALONE void F_PREFIX[]row$1_group$2(const float *in, const float *w, float *out)
{
M_FOR([I_B], 0, F_COLUMNS, [m4_ifelse(F_UNROLL, [full], [T_COLUMN(I_B, $2, F_PREFIX[step_row$1])],
    [T_COLUMN(I_B, $2, F_PREFIX[step_height]M_FACT([ROW], $1, [SIZE]), [, M_FACT([ROW], $1, [TAP_LOW]), M_EVAL(M_FACT([ROW], $1, [TAP_HIGH]) - M_FACT([ROW], $1, [TAP_LOW]))])])])}
])

m4_dnl T_GROUP(group): finds the row of tiles and walks over it. As a part of a stage, in starts at input row in_first of the
m4_dnl image and out at output row out_first.
m4_define([T_GROUP_SIGNATURE], [/* Row of tiles `tile` of all channels of a group, where in, w and out start[]M_IF(F_PART, [: in at input row in_first, out at output row out_first]). */
static void F_PREFIX[]group$1(const float *in, const float *w, float *out, size_t tile[]M_IF(F_PART, [, size_t in_first, size_t out_first]))])
m4_define([T_ROWS_AT], [M_IF(F_PART, [ + ($1 + tile * $2 - $3) * $4], [M_TERM($1 * $4)[]M_IF($5 > 1, [T_TIMES([tile], $2 * $4)])])])
m4_define([T_GROUP], [
T_GROUP_SIGNATURE($1)
{
M_FOR([I_Y], 0, F_ROWS, [T_FIND_ROW(I_Y, $1)])}
])
m4_define([T_FIND_ROW], [m4_dnl
    if (tile < M_FACT([ROW], $1, [COUNT])) {
        F_PREFIX[]row$1_group$2(in[]T_ROWS_AT(M_FACT([ROW], $1, [IN]), M_FACT([ROW], $1, [STEP]), [in_first], T_IN_ROW, M_FACT([ROW], $1, [COUNT])), w,
                   out[]T_ROWS_AT(M_FACT([ROW], $1, [OUT]), M_FACT([ROW], $1, [SIZE]), [out_first], T_OUT_ROW, M_FACT([ROW], $1, [COUNT])));
        return;
    }
M_IF($1 + 1 < F_ROWS, [m4_dnl
    tile -= M_FACT([ROW], $1, [COUNT]);
])])

m4_dnl T_GROUP_NONE(group): the same, with the bands in tables.
m4_define([T_GROUP_NONE], [
T_GROUP_SIGNATURE($1)
{
    const struct F_PREFIX[]run *row = F_PREFIX[]rows;
    while (tile >= row->count)
        tile -= (row++)->count;
    in += (row->in + tile * row->step[]M_IF(F_PART, [ - in_first])) * T_IN_ROW;
    out += (row->out + tile * row->size[]M_IF(F_PART, [ - out_first])) * T_OUT_ROW;
    for (const struct F_PREFIX[]run *column = F_PREFIX[]columns; column < F_PREFIX[]columns + F_COLUMNS; ++column)
        for (size_t t = 0; t < column->count; ++t) {
            const size_t from = (column->in + t * column->step) * F_IN_C;
            const size_t to = (column->out + t * column->size) * F_OUT_C;
M_IF(F_WIDTHS > 1, [m4_dnl
            if (column->size > 1) {
T_WALK_NONE($1, F_WIDTH_1, [                ])m4_dnl
            } else {
T_WALK_NONE($1, F_WIDTH_0, [                ])m4_dnl
            }
], [T_WALK_NONE($1, F_WIDTH_0, [            ])])m4_dnl
        }
}
])
m4_define([T_WALK_NONE], [M_FOR([I_K], M_FACT([GROUP], $1, [BAND_LOW]), M_FACT([GROUP], $1, [BAND_HIGH]), [T_WALK(I_K, [$3],
    F_PREFIX[step_width]$2[_band]I_K, [ + from], [ + to], [, row, column])])])

m4_dnl T_RUN_TABLE(name, fact, bands): a table of bands.
m4_define([T_RUN_TABLE], [
static const struct F_PREFIX[]run F_PREFIX[]$1<::> = {
M_FOR([I_B], 0, $3, [m4_dnl
    {M_FACT([$2], I_B, [COUNT]), M_FACT([$2], I_B, [SIZE]), M_FACT([$2], I_B, [OUT]), M_FACT([$2], I_B, [IN]), M_FACT([$2], I_B, [STEP]), M_FACT([$2], I_B, [TAP_LOW]), M_FACT([$2], I_B, [TAP_HIGH])},
])};
])

m4_dnl ---- packing -------------------------------------------------------------------------------------------------

m4_dnl T_PACK_BAND(band): packs all vectors of a channel band of a group.
m4_define([T_PACK_BAND], [m4_dnl
        for (size_t c = 0; c < M_FACT([BAND], $1, [REPEAT]); ++c)
            for (size_t k = 0; k < M_FACT([BAND], $1, [COUNT]); ++k) {
M_FOR([I_V], 0, M_FACT([BAND], $1, [VECTORS]), [m4_dnl
                F_PREFIX[]pack_vector(weight, bias, slope, channel[]T_AT($1, [OUT], 1, [])T_K_AT($1, [OUT], 1)M_TERM(M_FACT([BAND], $1, [VECTOR], I_V, [OUT])),
                            M_FACT([BAND], $1, [VECTOR], I_V, [LANES]), to[]T_AT($1, [VECTOR], F_VECTOR_FLOATS, [])T_K_AT($1, [VECTOR], F_VECTOR_FLOATS)M_TERM(I_V * F_VECTOR_FLOATS));
])m4_dnl
            }
])

m4_define([T_PACK], [
/* One vector of output channels: bias, then the taps in order[]m4_ifelse(F_ACT, [prelu], [, then the slopes]). */
static void F_PREFIX[]pack_vector(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                        float *to)
{
    pack_lanes(bias != NULL ? bias + channel : NULL, lanes, to);
    for (size_t tap = 0; tap < T_TAPS; ++tap)
        pack_lanes(weight + tap * F_OUT_C + channel, lanes, to + (1 + tap) * V_LANES);
m4_ifelse(F_ACT, [prelu], [m4_dnl
    pack_lanes(slope + channel, lanes, to + M_EVAL((1 + T_TAPS) * V_LANES));
], [m4_dnl
    (void)slope;
])}

M_PACK_CONTRACT([F_KERNEL_H x F_KERNEL_W x F_OUT_C])
static void F_PREFIX[]pack_layer(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + M_EVAL(F_LAYER_BYTES / 4); /* up to the alignment */
    size_t channel = 0;
M_FOR([I_G], 0, F_GROUPS, [m4_dnl
    for (size_t group = 0; group < M_FACT([GROUP], I_G, [COUNT]); ++group) {
M_FOR([I_K], M_FACT([GROUP], I_G, [BAND_LOW]), M_FACT([GROUP], I_G, [BAND_HIGH]), [T_PACK_BAND(I_K)])m4_dnl
        channel += M_FACT([GROUP], I_G, [OUT]);
        to += M_EVAL(M_FACT([GROUP], I_G, [VECTORS]) * F_VECTOR_FLOATS);
    }
])m4_dnl
    for (; to < end; ++to)
        *to = 0.0f;
}
])

m4_dnl ---- running -------------------------------------------------------------------------------------------------

m4_dnl T_GROUP_CALL(group, first)
m4_define([T_GROUP_CALL], [group$1(x + (group - $2) * M_FACT([GROUP], $1, [IN]), w + (group - $2) * M_EVAL(M_FACT([GROUP], $1, [VECTORS]) * F_VECTOR_FLOATS), y + (group - $2) * M_FACT([GROUP], $1, [OUT]), tile);])

m4_define([T_RUN], [
/*
 * in:  F_BATCH images of F_IN_H x F_IN_W x F_IN_C, out: F_BATCH of F_OUT_H x F_OUT_W x F_OUT_C, packed: by pack().
 * Unit: one row of tiles of one channel group of one image; there are F_UNIT_COUNT.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t tile = unit % F_ROW_TILES;
        const size_t image = unit / M_EVAL(F_ROW_TILES * F_GROUP_TOTAL);
        const float *x = in + image * F_IN_IMAGE;
        const float *w = packed;
        float *y = out + image * F_OUT_IMAGE;
M_IF(F_GROUP_TOTAL == 1, [m4_dnl
        group0(x, w, y, tile);
], [m4_dnl
        const size_t group = unit / F_ROW_TILES % F_GROUP_TOTAL;
M_IF(F_GROUPS == 1, [m4_dnl
        T_GROUP_CALL(0, 0)
], [m4_dnl
        if (group < F_GROUP_0_COUNT) {
            T_GROUP_CALL(0, 0)
        } else {
            x += M_EVAL(F_GROUP_0_COUNT * F_GROUP_0_IN);
            w += M_EVAL(F_GROUP_0_COUNT * F_GROUP_0_VECTORS * F_VECTOR_FLOATS);
            y += M_EVAL(F_GROUP_0_COUNT * F_GROUP_0_OUT);
            T_GROUP_CALL(1, F_GROUP_0_COUNT)
        }
])])m4_dnl
    }
}
])
m4_divert(0)m4_dnl
M_IF(F_PART, [], [M_KERNEL_FACTS[]M_HEADER([depthwise.m4], [ * Each output channel is the convolution of one input channel with its own kernel:
 *     acc = bias;  for ky, kx inside the image:  acc = fma(x, w, acc);  out = F_ACT(acc)])
M_PACK_LANES[]])m4_dnl
A_DEFINE[]m4_dnl
m4_ifelse(F_UNROLL, [none], [
/* A run of equal tiles along rows or columns: outputs from `out`, inputs from `in`, kernel taps low .. high-1. */
struct F_PREFIX[]run {
    uint32_t count, size, out, in, step, low, high;
};
T_RUN_TABLE([rows], [ROW], F_ROWS)T_RUN_TABLE([columns], [COLUMN], F_COLUMNS)M_FOR([I_K], 0, F_BANDS,
    [M_FOR([I_S], 0, F_WIDTHS, [T_STEP_NONE(M_FACT([WIDTH], I_S), I_K)])])M_FOR([I_G], 0, F_GROUPS, [T_GROUP_NONE(I_G)])],
F_UNROLL, [row], [M_FOR([I_B], 0, F_COLUMNS, [M_FOR([I_K], 0, F_BANDS,
    [M_FOR([I_S], 0, F_HEIGHTS, [T_STEP_ROW(M_FACT([HEIGHT], I_S), I_B, I_K)])])])],
[M_FOR([I_A], 0, F_ROWS, [M_FOR([I_B], 0, F_COLUMNS, [M_FOR([I_K], 0, F_BANDS, [T_STEP_FULL(I_A, I_B, I_K)])])])])m4_dnl
m4_ifelse(F_UNROLL, [none], [], [M_FOR([I_G], 0, F_GROUPS, [M_FOR([I_A], 0, F_ROWS, [T_ROW_OF_TILES(I_A, I_G)])T_GROUP(I_G)])])m4_dnl
T_PACK[]M_IF(F_PART, [], [M_PACK[]T_RUN[]
M_DESCRIPTOR[]])m4_dnl
