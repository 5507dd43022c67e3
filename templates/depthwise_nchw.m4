m4_divert(-1)
m4_dnl depthwise_nchw.m4: a depthwise convolution, NCHW, f32, from the facts of facts_depthwise_nchw.c (templates/README.md).

m4_dnl Names in the output: row<R> and column<C> are the plan's bands of rows and of columns of a plane; a tile has the
m4_dnl accumulators a<row>_<vector>.

M_NEED([F_PREFIX], [F_PART], [F_LAYER_BYTES], [F_UNROLL], [F_HELD], [F_TAPS_APART], [F_IN_STEP], [F_OUT_STEP], [F_CHANNEL_FLOATS], [F_BLOCK], [F_GROUP_TOTAL],
    [F_UNIT], [F_SLICES], [F_ROWS], [F_ROW_TILES], [F_COLUMNS], [F_KERNEL_COLUMNS], [F_UNIFORMS], [F_HEIGHTS])

m4_dnl Sizes that follow from the facts, in elements.
m4_define([T_TAPS], M_EVAL(F_KERNEL_H * F_KERNEL_W))

m4_dnl T_TIMES(variable, factor): ` + variable * factor`, or nothing when the factor is 0.
m4_define([T_TIMES], [M_IF($2, [ + $1 * M_EVAL($2)])])

m4_dnl T_CHANNEL(): the values of the channel that all tiles use, in all lanes.
m4_define([T_CHANNEL], [m4_dnl
    const V_TYPE bias = V_DUP([w]);
m4_ifelse(F_ACT, [prelu], [m4_dnl
    const V_TYPE slope = V_DUP(w + M_EVAL(1 + T_TAPS));
])])

m4_dnl T_ACCUMULATORS(column band, rows, indent): declares them, at the bias.
m4_define([T_ACCUMULATORS], [M_FOR([I_R], 0, $2, [M_FOR([I_V], 0, M_FACT([COLUMN], $1, [VECTORS]), [m4_dnl
$3[]V_TYPE a[]I_R[]_[]I_V = bias;
])])])

m4_dnl T_STORES(column band, rows, indent): the activation and the stores.
m4_define([T_STORES], [M_FOR([I_R], 0, $2, [M_FOR([I_V], 0, M_FACT([COLUMN], $1, [VECTORS]), [m4_dnl
A_APPLY([$3], [a]I_R[_]I_V, [slope], []T_STORE([$3], M_PLUS([y], I_R * F_OUT_W + M_FACT([COLUMN], $1, [VECTOR], I_V, [OUT])), [a]I_R[_]I_V, M_FACT([COLUMN], $1, [LANES])))])])A_DONE([$3])])
m4_define([T_STORE], [$1[]M_IF($4 == V_LANES, [V_STORE([$2], [$3])], [V_STORE_TAIL([$2], [$3], $4)]);
])

m4_dnl T_LOAD(offset of the input row, column, low, high, under, over, before, after): the input lanes low .. high-1, or a full
m4_dnl vector where all of it lies in the plane.
m4_define([T_LOAD], [M_IF($5 <= $7 && $6 <= $8,
    [V_LOAD_LANES(M_PLUS([x], $1 + $2 - $3 * F_STRIDE_W), F_STRIDE_W, 0, V_LANES)],
    [V_LOAD_LANES(M_PLUS([x], $1 + $2), F_STRIDE_W, $3, $4)])])

m4_dnl T_ADD(row, vector, input, weight, keep low, keep high, indent): adds a tap to the lanes that see it.
m4_define([T_ADD], [$7[]a$1_$2 = M_IF($5 == 0 && $6 == V_LANES, [V_FMA([$3], [$4], [a$1_$2])], [V_FMA_LANES([$3], [$4], [a$1_$2], $5, $6)]);
])

m4_dnl T_TILES(column band): the head of the loop over a band of columns, up to the names x and y.
m4_define([T_TILES], [M_IF(M_FACT([COLUMN], $1, [COUNT]) > 1, [m4_dnl
        for (size_t t = 0; t < M_FACT([COLUMN], $1, [COUNT]); ++t) {
], [m4_dnl
        {
])m4_dnl
            const float *const x = in[]M_IF(M_FACT([COLUMN], $1, [COUNT]) > 1, [T_TIMES([t], M_FACT([COLUMN], $1, [VECTORS]) * V_LANES * F_STRIDE_W)]);
            float *const y = out[]M_IF(M_FACT([COLUMN], $1, [COUNT]) > 1, [T_TIMES([t], M_FACT([COLUMN], $1, [VECTORS]) * V_LANES)]);
])

m4_dnl The plan's lists (facts COLUMN_<c>_TAP_<x>, ROW_<r>_LINE_<l>_USES, ROW_<r>_KERNEL_ROWS, KERNEL_COLUMNS) are made of calls of
m4_dnl the words T_VECTOR, T_USE, T_KERNEL_ROW and T_KERNEL_COLUMN.

m4_dnl ---- unroll=full: every tap of every output straight-line ----------------------------------------------------

m4_dnl Context of the words: T_R the row band, T_C the column band, T_L the line (an input row), T_X and T_Y the kernel column
m4_dnl and row, T_V the vector and T_KEEP the lanes of it that see the tap.

m4_dnl T_KERNEL_ROW(kernel row), T_KERNEL_COLUMN(kernel column): holds the weights.
m4_define([T_KERNEL_ROW], [m4_define([T_Y], $1)F_KERNEL_COLUMNS[]])
m4_define([T_KERNEL_COLUMN], [m4_dnl
    const V_TYPE w[]T_Y[]_$1 = V_DUP(w + M_EVAL(1 + T_Y * F_KERNEL_W + $1));
])
m4_dnl T_WEIGHT(kernel row, kernel column): the weight, held or broadcast here.
m4_define([T_WEIGHT], [M_IF(F_HELD, [w$1_$2], [V_DUP(w + M_EVAL(1 + $1 * F_KERNEL_W + $2))])])

m4_dnl T_VECTOR_FULL(vector, column, low, high, keep low, keep high, under, over): loads the input lanes of that vector for
m4_dnl this line and tap, and uses them for every row that needs them.
m4_define([T_VECTOR_FULL], [m4_define([T_V], $1)m4_define([T_KEEP], [$5, $6])m4_dnl
                const V_TYPE x[]T_X[]_$1 = T_LOAD(M_FACT([ROW], T_R, [LINE], T_L, [AT]) * F_IN_W, $2, $3, $4, $7, $8, M_FACT([ROW], T_R, [LINE], T_L, [BEFORE]), M_FACT([ROW], T_R, [LINE], T_L, [AFTER]));
M_FACT([ROW], T_R, [LINE], T_L, [USES])])
m4_dnl T_USE(row, kernel row)
m4_define([T_USE], [T_ADD($1, T_V, [x]T_X[_]T_V, T_WEIGHT($2, T_X), T_KEEP, [                ])])

m4_dnl T_APART(row band, column band): what is loaded behind it is loaded then: the compiler would broadcast all weights ahead, and
m4_dnl load the inputs of several taps at once, and keep them on the stack. Beside held weights all sums are made by then.
m4_define([T_APART], [M_IF(F_TAPS_APART, [M_IF(F_HELD, [M_FOR([I_R], 0, M_FACT([ROW], $1, [SIZE]), [m4_dnl
            V_IN_ORDER(m4_shift(M_FOR([I_V], 0, M_FACT([COLUMN], $2, [VECTORS]), [, a[]I_R[]_[]I_V])));
])])m4_dnl
            __asm__ volatile("" : "+r"(w) : : "memory");
])])

m4_dnl T_TILE_FULL(row band, column band)
m4_define([T_TILE_FULL], [m4_define([T_R], $1)T_TILES($2)M_IF(M_FACT([COLUMN], $2, [USED]) == 0 || M_FACT([ROW], $1, [LINES]) == 0, [m4_dnl
            (void)x; /* no tap is inside the image */
])T_ACCUMULATORS($2, M_FACT([ROW], $1, [SIZE]), [            ])M_FOR([T_L], 0, M_FACT([ROW], $1, [LINES]), [m4_dnl
            { /* input row M_FACT([ROW], $1, [LINE], T_L, [AT]) */
M_FOR([T_X], 0, F_KERNEL_W, [T_APART($1, $2)M_FACT([COLUMN], $2, [TAP], T_X)])m4_dnl
            }
])T_STORES($2, M_FACT([ROW], $1, [SIZE]), [            ])        }
])

m4_dnl ---- unroll=row: a loop over kernel rows ---------------------------------------------------------------------

m4_dnl T_VECTOR_ROW(vector, column, low, high, keep low, keep high, under, over): for each row, loads the input lanes of that
m4_dnl vector for this tap, and uses them.
m4_define([T_VECTOR_ROW], [M_FOR([I_R], 0, T_HEIGHT, [m4_dnl
                    const V_TYPE x[]I_R[]_[]T_X[]_$1 = T_LOAD(I_R * F_STRIDE_H * F_IN_W, $2, $3, $4, $7, $8, 0, 0);
T_ADD(I_R, $1, [x]I_R[_]T_X[_$1], [w]T_X, $5, $6, [                    ])])])

m4_dnl T_TILE_ROW(rows, column band): a tile whose kernel rows low .. high-1 are inside the image.
m4_define([T_TILE_ROW], [m4_define([T_HEIGHT], $1)
/* $1 rows of outputs at y, over kernel rows low .. high-1; x: the input of the first, w: the channel's packed weights. */
static inline void F_PREFIX[]tile_height$1_column$2(const float *restrict x, const float *restrict w, float *restrict y, size_t low,
                                        size_t high)
{
T_CHANNEL[]T_ACCUMULATORS($2, $1, [    ])m4_dnl
    for (size_t row = low; row < high; ++row, x += M_EVAL(F_DILATION_H * F_IN_W)) {
M_IF(M_FACT([COLUMN], $2, [USED]), [m4_dnl
        const float *const weights = w + 1 + row * F_KERNEL_W;
])M_FOR([T_X], 0, F_KERNEL_W, [T_TAP_ROW(M_FACT([COLUMN], $2, [TAP], T_X))])m4_dnl
    }
T_STORES($2, $1, [    ])}
])
m4_dnl T_TAP_ROW(lines): the weight, where the tap is used at all.
m4_define([T_TAP_ROW], [m4_ifelse([$1], [], [], [m4_dnl
        {
            const V_TYPE w[]T_X = V_DUP(M_PLUS([weights], T_X));
$1[]m4_dnl
        }
])])

m4_dnl ---- a row of tiles ------------------------------------------------------------------------------------------

m4_dnl T_ROW(row band): a function over the tiles of a band of rows. Beside the other layers of a stage the compiler would run out
m4_dnl of registers: there it is compiled by itself. A layer alone would lose by it, up to a tenth on small planes.
m4_define([T_ROW], [
/* Output rows from M_FACT([ROW], $1, [OUT]): M_FACT([ROW], $1, [COUNT]) rows of tiles of M_FACT([ROW], $1, [SIZE]) rows; this is `count` of them. */
M_IF(F_PART, [M_ALONE], [static]) void F_PREFIX[]row$1(const float *restrict in, const float *restrict w, float *restrict out, size_t count)
{
m4_ifelse(F_UNROLL, [full], [T_CHANNEL[]M_IF(F_HELD, [M_FACT([ROW], $1, [KERNEL_ROWS])])])m4_dnl
    for (size_t tile = 0; tile < count; ++tile, in += M_EVAL(M_FACT([ROW], $1, [STEP]) * F_IN_W), out += M_EVAL(M_FACT([ROW], $1, [SIZE]) * F_OUT_W)) {
M_FOR([I_C], 0, F_COLUMNS, [m4_ifelse(F_UNROLL, [full], [T_TILE_FULL($1, I_C)], [T_TILES(I_C)m4_dnl
            F_PREFIX[]tile_height[]M_FACT([ROW], $1, [SIZE])_column[]I_C[](x, w, y, M_FACT([ROW], $1, [TAP_LOW]), M_FACT([ROW], $1, [TAP_HIGH]));
        }
])])m4_dnl
    }
}
])

m4_dnl T_PLANE(): all rows of tiles of a plane.
m4_define([T_PLANE], [
/* All rows of tiles of a plane; w: its packed weights. */
static void plane(const float *in, const float *w, float *out)
{
M_FOR([I_B], 0, F_ROWS, [m4_dnl
    row[]I_B[](in[]M_TERM(M_FACT([ROW], I_B, [IN]) * F_IN_W), w, out[]M_TERM(M_FACT([ROW], I_B, [OUT]) * F_OUT_W), M_FACT([ROW], I_B, [COUNT]));
])}
])

m4_dnl T_SOME(): some rows of tiles of some planes, band by band.
m4_define([T_SOME_SIGNATURE], [
/*
 * Rows of tiles tile .. tile_end-1 of the output channels channel .. channel_end-1. in, w and out are those of channel 0[]M_IF(F_PART, [;
 * in starts at input row in_first of its planes, out at output row out_first]).
 */
static void F_PREFIX[]tiles(const float *in, const float *w, float *out, size_t tile, size_t tile_end, size_t channel,
                  size_t channel_end[]M_IF(F_PART, [, size_t in_first, size_t out_first]))
])
m4_define([T_SOME], [T_SOME_SIGNATURE[]m4_dnl
{
m4_pushdef([T_BEFORE], 0)M_FOR([I_B], 0, F_ROWS, [T_SOME_OF(I_B, M_FACT([ROW], I_B, [COUNT]))m4_define([T_BEFORE], M_EVAL(T_BEFORE + M_FACT([ROW], I_B, [COUNT])))])m4_popdef([T_BEFORE])}
])
m4_dnl T_SOME_OF(row band, count): T_BEFORE counts the tiles before the band.
m4_define([T_SOME_OF], [m4_dnl
    if (tile < M_EVAL(T_BEFORE + $2)M_IF(T_BEFORE, [ && tile_end > T_BEFORE])) {
        const size_t first = M_IF(T_BEFORE, [tile > T_BEFORE ? tile - T_BEFORE : 0], [tile]);
        const size_t count = (tile_end < M_EVAL(T_BEFORE + $2) ? tile_end : M_EVAL(T_BEFORE + $2)) - M_IF(T_BEFORE, [T_BEFORE - first], [first]);
        for (size_t c = channel; c < channel_end; ++c)
            F_PREFIX[]row$1(in + c / F_MULTIPLIER * F_IN_STEP + T_SOME_ROW(M_FACT([ROW], $1, [IN]), M_FACT([ROW], $1, [STEP]), [in_first]) * F_IN_W, w + c * F_CHANNEL_FLOATS,
                 out + c * F_OUT_STEP + T_SOME_ROW(M_FACT([ROW], $1, [OUT]), M_FACT([ROW], $1, [SIZE]), [out_first]) * F_OUT_W, count);
    }
])
m4_dnl T_SOME_ROW(first row, step, what a part starts at)
m4_define([T_SOME_ROW], [($1 + first * $2[]M_IF(F_PART, [ - $3]))])

m4_dnl ---- unroll=none: loops over kernel rows and columns ---------------------------------------------------------

m4_dnl T_OUTPUTS(name, lanes): that many neighbouring outputs which all see the same taps.
m4_define([T_OUTPUTS], [
/* $2 neighbouring outputs at out, over the kernel rows and columns of their runs; in: the input of the first tap. */
static inline void F_PREFIX[]$1(const float *restrict in, const float *restrict w, float *restrict out,
                      const struct F_PREFIX[]run *row, const struct F_PREFIX[]run *column)
{
T_CHANNEL[]m4_dnl
    V_TYPE a = bias;
    for (size_t y = row->low; y < row->high; ++y, in += M_EVAL(F_DILATION_H * F_IN_W)) {
        const float *x = in;
        for (size_t k = column->low; k < column->high; ++k, x += F_DILATION_W)
            a = V_FMA(V_LOAD_LANES([x], F_STRIDE_W, 0, $2), V_DUP(w + 1 + y * F_KERNEL_W + k), [a]);
    }
A_APPLY([    ], [a], [slope], []T_STORE([    ], [out], [a], $2))A_DONE([    ])}
])

m4_dnl T_RUN_TABLE(name, fact, bands): a table of bands.
m4_define([T_RUN_TABLE], [
static const struct F_PREFIX[]run F_PREFIX[]$1<::> = {
M_FOR([I_B], 0, $3, [m4_dnl
    {M_FACT([$2], I_B, [COUNT]), M_FACT([$2], I_B, [SIZE]), M_FACT([$2], I_B, [OUT]), M_FACT([$2], I_B, [IN]), M_FACT([$2], I_B, [STEP]), M_FACT([$2], I_B, [TAP_LOW]), M_FACT([$2], I_B, [TAP_HIGH])},
])};
])

m4_define([T_LOOPED], [
/* A run of equal tiles along rows or columns: outputs from `out`, inputs from `in`, kernel taps low .. high-1. */
struct F_PREFIX[]run {
    uint32_t count, size, out, in, step, low, high;
};
T_RUN_TABLE([rows], [ROW], F_ROWS)T_RUN_TABLE([columns], [UNIFORM], F_UNIFORMS)T_OUTPUTS([one], 1)M_IF(V_LANES > 1, [T_OUTPUTS([several], V_LANES)])
/* One row of outputs of a plane. */
static void F_PREFIX[]slice(const float *in, const float *w, float *out, const struct F_PREFIX[]run *row)
{
    for (const struct F_PREFIX[]run *column = F_PREFIX[]columns; column < F_PREFIX[]columns + F_UNIFORMS; ++column)
        for (size_t t = 0; t < column->count; ++t) {
            const float *const x = in + column->in + t * column->step;
            float *const y = out + column->out + t * column->size;
M_IF(V_LANES > 1, [m4_dnl
            if (column->size > 1)
                F_PREFIX[]several(x, w, y, row, column);
            else
                F_PREFIX[]one(x, w, y, row, column);
], [m4_dnl
            F_PREFIX[]one(x, w, y, row, column);
])m4_dnl
        }
}
T_SOME_SIGNATURE[]m4_dnl
{
    const struct F_PREFIX[]run *row = F_PREFIX[]rows;
    while (tile >= row->count) {
        tile -= row->count;
        tile_end -= (row++)->count;
    }
    for (; tile < tile_end; ++tile) {
        if (tile == row->count) {
            tile = 0;
            tile_end -= (row++)->count;
        }
        const size_t x = (row->in + tile * row->step[]M_IF(F_PART, [ - in_first])) * F_IN_W, y = (row->out + tile[]M_IF(F_PART, [ - out_first])) * F_OUT_W;
        for (size_t c = channel; c < channel_end; ++c)
            F_PREFIX[]slice(in + c / F_MULTIPLIER * F_IN_STEP + x, w + c * F_CHANNEL_FLOATS, out + c * F_OUT_STEP + y, row);
    }
}
])

m4_dnl ---- packing and running -------------------------------------------------------------------------------------

m4_define([T_PACK], [
M_PACK_CONTRACT([F_KERNEL_H x F_KERNEL_W x F_OUT_C])
static void F_PREFIX[]pack_layer(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + M_EVAL(F_LAYER_BYTES / 4); /* up to the alignment */
    for (size_t channel = 0; channel < F_OUT_C; ++channel) {
        *to++ = bias != NULL ? bias<:channel:> : 0.0f;
        for (size_t tap = 0; tap < T_TAPS; ++tap)
            *to++ = weight<:tap * F_OUT_C + channel:>;
m4_ifelse(F_ACT, [prelu], [m4_dnl
        *to++ = slope<:channel:>;
], [m4_dnl
        (void)slope;
])m4_dnl
    }
    for (; to < end; ++to)
        *to = 0.0f;
}
])

m4_define([T_RUN], [
/*
 * in:  F_BATCH images of F_IN_C planes of F_IN_H x F_IN_W, out: F_BATCH of F_OUT_C of F_OUT_H x F_OUT_W, packed: by pack().
 * Unit: F_UNIT rows of tiles of F_BLOCK output planes of an image; there are F_UNIT_COUNT.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t image = unit / M_EVAL(F_SLICES * F_GROUP_TOTAL);
        const size_t first = unit / F_SLICES % F_GROUP_TOTAL * F_BLOCK;
        const size_t last = first + F_BLOCK < F_OUT_C ? first + F_BLOCK : F_OUT_C;
M_IF(T_WHOLE, [], [m4_dnl
        const size_t tile_first = unit % F_SLICES * F_UNIT;
        const size_t tile_last = tile_first + F_UNIT < F_ROW_TILES ? tile_first + F_UNIT : F_ROW_TILES;
])m4_dnl
        const float *const x = in + image * F_IN_IMAGE;
        const float *const w = packed;
        float *const y = out + image * F_OUT_IMAGE;
M_IF(T_WHOLE, [m4_dnl
        for (size_t channel = first; channel < last; ++channel)
            plane(x + channel / F_MULTIPLIER * F_IN_STEP, w + channel * F_CHANNEL_FLOATS, y + channel * F_OUT_STEP);
], [m4_dnl
        tiles(x, w, y, tile_first, tile_last, first, last);
])m4_dnl
    }
}
])
m4_dnl T_WHOLE: a unit is whole planes, and their rows of tiles are called one after the other.
m4_define([T_WHOLE], M_EVAL(F_SLICES == 1 && F_ROWS <= 64 && ! F_PART)m4_ifelse(F_UNROLL, [none], [ * 0]))

m4_ifelse(F_UNROLL, [full], [m4_define([T_VECTOR], m4_defn([T_VECTOR_FULL]))], [m4_define([T_VECTOR], m4_defn([T_VECTOR_ROW]))])
m4_divert(0)m4_dnl
M_IF(F_PART, [], [M_KERNEL_FACTS[]M_HEADER([depthwise_nchw.m4], [ * Each output channel is the convolution of one input channel with its own kernel:
 *     acc = bias;  for ky, kx inside the image:  acc = fma(x, w, acc);  out = F_ACT(acc)])])m4_dnl
A_DEFINE[]m4_dnl
m4_ifelse(F_UNROLL, [none], [T_LOOPED[]], [m4_ifelse(F_UNROLL, [row], [M_FOR([I_S], 0, F_HEIGHTS, [M_FOR([I_C], 0, F_COLUMNS, [T_TILE_ROW(M_FACT([HEIGHT], I_S), I_C)])])])m4_dnl
M_FOR([I_A], 0, F_ROWS, [T_ROW(I_A)])M_IF(T_WHOLE, [T_PLANE[]], [T_SOME[]])])m4_dnl
T_PACK[]M_IF(F_PART, [], [M_PACK[]T_RUN[]
M_DESCRIPTOR[]])m4_dnl
