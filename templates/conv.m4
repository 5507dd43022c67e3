m4_divert(-1)
m4_dnl conv.m4: a standard convolution, NHWC or NCHW, f32, from the facts of facts_conv.c (templates/README.md).

m4_dnl A *tile* computes some neighbouring output columns of a row x `vectors` channel vectors in accumulators
m4_dnl a<column>_<vector>. column<C> is the plan's band of columns; kind<K> a panel's code: so many vectors, of which the last
m4_dnl may be partly empty. A *panel* is the packed weights of a tile's channels: its biases, then for each tap and input channel
m4_dnl its weights, then its prelu slopes. In both layouts lanes run over output channels and inputs are broadcast; with planes
m4_dnl a tile is turned around when it is stored.

M_NEED([F_PREFIX], [F_PART], [F_ADD], [F_PLANES], [F_UNROLL], [F_UNROLL_K], [F_VECTOR_FLOATS], [F_IN_ROW], [F_IN_COLUMN], [F_K_STEP],
    [F_TAP_ROW], [F_TAP_COLUMN], [F_PIXEL_IN], [F_OUT_ROW], [F_OUT_COLUMN], [F_OUT_CHANNEL], [F_UNIT_ROWS], [F_SLICES],
    [F_ROWS], [F_WIDTHS], [F_COLUMNS], [F_PANELS], [F_PANEL_TOTAL], [F_KINDS])

m4_dnl T_TIMES(variable, factor, count): ` + variable * factor`, or nothing when its loop has a count of 1.
m4_define([T_TIMES], [M_IF($3 > 1, [ + $1 * M_EVAL($2)])])
m4_dnl Terms of a sum; floats of a panel's vectors in one of them.
m4_define([T_TERMS], M_EVAL(F_KERNEL_H * F_KERNEL_W * F_IN_C))
m4_define([T_VECTORS], [M_FACT([KIND], $1, [VECTORS])])
m4_define([T_STEP], [M_EVAL(T_VECTORS($1) * V_LANES)])

m4_dnl ---- one register tile ---------------------------------------------------------------------------------------

m4_dnl T_EACH(kind, columns, body): body for every accumulator, column I_R and vector I_N.
m4_define([T_EACH], [M_FOR([I_R], 0, $2, [M_FOR([I_N], 0, T_VECTORS($1), [$3])])])

m4_dnl T_START(kind, columns): declares the accumulators, at the bias.
m4_define([T_START], [T_EACH($1, $2, [M_IF(I_R, [m4_dnl
        V_TYPE a[]I_R[]_[]I_N = a0_[]I_N;
], [m4_dnl
        V_TYPE a0_[]I_N = V_LOAD_PACKED(M_PLUS([panel], I_N * V_LANES));
])])])

m4_dnl T_FINISH(kind, columns): the activation and the stores.
m4_define([T_FINISH], [m4_ifelse(F_ACT, [prelu], [M_FOR([I_N], 0, T_VECTORS($1), [m4_dnl
        const V_TYPE slope[]I_N = V_LOAD_PACKED(panel + M_EVAL(T_STEP($1) * (1 + T_TERMS) + I_N * V_LANES));
])])T_EACH($1, $2, [A_APPLY([        ], [a]I_R[_]I_N, [slope]I_N)])A_DONE([        ])M_IF(F_PLANES, [T_TURN($1, $2)], [T_EACH($1, $2, [T_STORE($1)])])])
m4_dnl T_LANES(kind): the channels that exist in vector I_N.
m4_define([T_LANES], [M_IF(I_N + 1 == T_VECTORS($1), M_FACT([KIND], $1, [LANES]), V_LANES)])
m4_define([T_STORE], [_T_STORE(M_PLUS([out], I_R * F_OUT_COLUMN + I_N * V_LANES), [a]I_R[_]I_N, T_LANES($1))])
m4_define([_T_STORE], [        M_IF($3 == V_LANES, [V_STORE([$1], [$2])], [V_STORE_TAIL([$1], [$2], $3)]);
])
m4_define([T_CHANNELS], [M_EVAL((T_VECTORS($1) - 1) * V_LANES + M_FACT([KIND], $1, [LANES]))])
m4_dnl T_TURN(kind, columns): each channel of the tile goes to its own plane.
m4_define([T_TURN], [m4_dnl
        float tile<:M_EVAL($2 * T_STEP($1)):>;
T_EACH($1, $2, [_T_TURN(M_EVAL(I_R * T_STEP($1) + I_N * V_LANES), [a]I_R[_]I_N)])m4_dnl
        for (size_t channel = 0; channel < T_CHANNELS($1); ++channel)
            for (size_t column = 0; column < $2; ++column)
                out<:channel * F_OUT_CHANNEL + column:> = tile<:column * T_STEP($1) + channel:>;
])
m4_define([_T_TURN], [        V_STORE([M_PLUS([tile], $1)], [$2]);
])

m4_dnl T_STEPS(kind, low, high, count, indent): multiplies count input channels of columns low .. high-1, from at and weight on;
m4_dnl those of a k group together, where they are neighbours in memory.
m4_define([T_STEPS], [_T_STEPS($1, $2, $3, $4, [$5], M_IF(F_PLANES, 0, [M_EVAL($4 / V_K_GROUP)]))])
m4_define([_T_STEPS], [M_FOR([I_G], 0, $6, [T_GROUP($1, $2, $3, M_EVAL(I_G * V_K_GROUP), [$5])])M_FOR([I_S], $6 * V_K_GROUP, $4, [T_SINGLE($1, $2, $3, I_S, [$5])])])

m4_dnl T_WEIGHTS(kind, step, indent)
m4_define([T_WEIGHTS], [M_FOR([I_N], 0, T_VECTORS($1), [m4_dnl
$3const V_TYPE b$2_[]I_N = V_LOAD_PACKED(M_PLUS([weight], $2 * T_STEP($1) + I_N * V_LANES));
])])
m4_dnl T_AT(low, step): where column I_R reads it.
m4_define([T_AT], [M_PLUS([at], (I_R - $1) * F_PIXEL_IN + $2 * F_K_STEP)])
m4_dnl T_GROUP(kind, low, high, first step, indent): with a group of more than one, all columns' groups are loaded first.
m4_define([T_GROUP], [M_IF(V_K_GROUP > 1, [M_FOR([I_R], $2, $3, [T_K_LOAD($2, $4, [$5])])])M_FOR([I_L], 0, V_K_GROUP, [T_GROUP_STEP($1, $2, $3, $4, M_EVAL($4 + I_L), [$5])])])
m4_define([T_K_LOAD], [$3const V_K_TYPE x$2_[]I_R = V_K_LOAD(T_AT($1, $2));
])
m4_define([T_GROUP_STEP], [T_WEIGHTS($1, $5, [$6])M_FOR([I_R], $2, $3, [M_IF(V_K_GROUP == 1, [T_K_LOAD($2, $4, [$6])])M_FOR([I_N], 0, T_VECTORS($1), [m4_dnl
$6[]a[]I_R[]_[]I_N = V_K_FMA(x$4_[]I_R, I_L, b$5_[]I_N, a[]I_R[]_[]I_N);
])])])
m4_dnl T_SINGLE(kind, low, high, step, indent): one input channel, broadcast.
m4_define([T_SINGLE], [T_WEIGHTS($1, $4, [$5])M_FOR([I_R], $2, $3, [m4_dnl
$5const V_TYPE x$4_[]I_R = V_DUP(T_AT($2, $4));
M_FOR([I_N], 0, T_VECTORS($1), [m4_dnl
$5[]a[]I_R[]_[]I_N = V_FMA(x$4_[]I_R, b$4_[]I_N, a[]I_R[]_[]I_N);
])])])

m4_dnl T_SUM(kind, low, high, depth, indent): so many terms, from at and weight on; weight ends T_REST(depth) terms before the
m4_dnl next one.
m4_define([T_SUM], [M_IF($4 / F_UNROLL_K > 1, [m4_dnl
$5[]for (size_t k = 0; k < M_EVAL($4 / F_UNROLL_K); ++k) {
T_STEPS($1, $2, $3, F_UNROLL_K, [$5    ])m4_dnl
$5    at += M_EVAL(F_UNROLL_K * F_K_STEP);
$5    weight += M_EVAL(F_UNROLL_K * T_STEP($1));
$5[]}
])T_STEPS($1, $2, $3, T_REST($4), [$5])])
m4_define([T_REST], [M_IF($1 / F_UNROLL_K > 1, [M_EVAL($1 % F_UNROLL_K)], [$1])])

m4_dnl T_TAPS(kind, low, high, taps, indent): kernel columns one after the other, from pixel and weight on.
m4_define([T_TAPS], [m4_dnl
$5[]for (size_t tap = 0; tap < $4; ++tap) {
$5    const float *at = pixel + tap * F_TAP_COLUMN;
T_SUM($1, $2, $3, F_IN_C, [$5    ])M_IF(T_REST(F_IN_C), [m4_dnl
$5    weight += M_EVAL(T_REST(F_IN_C) * T_STEP($1));
])m4_dnl
$5[]}
])

m4_dnl T_TILE(name, kind, columns, step, more arguments, taps, body): the function of a run of tiles, `step` input columns from one
m4_dnl to the next: body for every kernel row inside the image, from in and w on, unless there are no taps. It is compiled by itself.
m4_define([T_TILE], [
/* `tiles` times $3 columns x T_CHANNELS($2) output channels. */
M_ALONE void F_PREFIX[]$1_kind$2(const float *restrict pixels, size_t kernel_rows,$5
                                      const float *restrict panel, const float *restrict weights,
                                      float *restrict out, size_t tiles)
{
M_IF($6, [], [m4_dnl
    (void)pixels; /* no tap lies inside the image */
    (void)kernel_rows;
    (void)weights;
])m4_dnl
    for (size_t t = 0; t < tiles; ++t) {
T_START($2, $3)M_IF($6, [m4_dnl
        const float *in = pixels + t * T_COLUMNS([$4]);
        const float *w = weights;
        for (size_t y = 0; y < kernel_rows; ++y) {
$7[]m4_dnl
            in += F_TAP_ROW;
            w += M_EVAL(F_KERNEL_W * F_IN_C * T_STEP($2));
        }
])T_FINISH($2, $3)m4_dnl
        out += M_EVAL($3 * F_OUT_COLUMN);
    }
}
])
m4_dnl T_COLUMNS(columns): floats that they are apart.
m4_define([T_COLUMNS], [m4_ifelse([$1], [step], [step[]M_IF(F_IN_COLUMN > 1, [ * F_IN_COLUMN])], [M_EVAL($1 * F_IN_COLUMN)])])

m4_dnl T_TILE_FULL(band of columns, kind)
m4_define([T_TILE_FULL], [T_TILE([tile_column$1], $2, M_FACT([COLUMN], $1, [SIZE]), M_FACT([COLUMN], $1, [STEP]), [], M_FACT([COLUMN], $1, [RUNS]), [M_FOR([I_U], 0, M_FACT([COLUMN], $1, [RUNS]), [T_RUN_FULL($2, m4_dnl
M_FACT([COLUMN], $1, [RUN], I_U, [LOW]), M_FACT([COLUMN], $1, [RUN], I_U, [HIGH]), M_FACT([COLUMN], $1, [RUN], I_U, [TAP]), m4_dnl
M_FACT([COLUMN], $1, [RUN], I_U, [TAPS]), M_FACT([COLUMN], $1, [RUN], I_U, [AT]))])])])
m4_dnl T_RUN_FULL(kind, low, high, tap, taps, at): kernel columns that columns low .. high-1 of the tile use. Those that are
m4_dnl neighbours in memory are one sum over all their input channels.
m4_define([T_RUN_FULL], [m4_dnl
            { /* kernel columns $4 .. M_EVAL($4 + $5 - 1) of output columns $2 .. M_EVAL($3 - 1) */
                const float *weight = M_PLUS([w], $4 * F_IN_C * T_STEP($1));
M_IF($5 == 1 || (! F_PLANES && F_DILATION_W == 1), [m4_dnl
                const float *at = M_PLUS([in], $6 * F_IN_COLUMN);
T_SUM($1, $2, $3, M_EVAL($5 * F_IN_C), [                ])], [m4_dnl
                const float *const pixel = M_PLUS([in], $6 * F_IN_COLUMN);
T_TAPS($1, $2, $3, $5, [                ])])m4_dnl
            }
])

m4_dnl T_TILE_NONE(columns, kind): all columns use the same kernel columns.
m4_define([T_TILE_NONE], [T_TILE([tile_width$1], $2, $1, [step], [ size_t taps, size_t step,], 1, [m4_dnl
            const float *const pixel = in;
            const float *weight = w;
T_TAPS($2, 0, $1, [taps], [            ])])])

m4_dnl ---- one row of one panel, one work unit -------------------------------------------------------------------------

m4_dnl T_ROW_FULL(kind)
m4_define([T_ROW_FULL], [
/* A row of output columns. */
static void F_PREFIX[]row_kind$1(const float *in, size_t kernel_rows, const float *panel, const float *w, float *out)
{
M_FOR([I_C], 0, F_COLUMNS, [m4_dnl
    F_PREFIX[]tile_column[]I_C[]_kind$1(in[]M_TERM(M_FACT([COLUMN], I_C, [IN]) * F_IN_COLUMN), kernel_rows, panel, w, out[]M_TERM(M_FACT([COLUMN], I_C, [OUT]) * F_OUT_COLUMN), M_FACT([COLUMN], I_C, [COUNT]));
])}
])

m4_dnl T_ROW_NONE(kind)
m4_define([T_ROW_NONE], [
/* A row of output columns. */
static void F_PREFIX[]row_kind$1(const float *in, size_t kernel_rows, const float *panel, const float *w, float *out)
{
    for (size_t c = 0; c < F_COLUMNS; ++c) {
        const struct F_PREFIX[]run *const band = &F_PREFIX[]columns<:c:>;
        const float *const taps = w + band->low * M_EVAL(F_IN_C * T_STEP($1));
        const float *const x = in + (size_t)band->in * F_IN_COLUMN;
        float *const y = out + (size_t)band->out * F_OUT_COLUMN;
M_FOR([I_S], 0, F_WIDTHS, [M_IF(I_S + 1 < F_WIDTHS, [m4_dnl
        if (band->size == M_FACT([WIDTH], I_S))
    ], [M_IF(I_S, [m4_dnl
        else
    ])])        F_PREFIX[]tile_width[]M_FACT([WIDTH], I_S)_kind$1(x, kernel_rows, band->high - band->low, band->step, panel, taps, y, band->count);
])m4_dnl
    }
}
])

m4_dnl T_FIND_KIND(vectors, lanes): the number of that panel's code.
m4_define([T_FIND_KIND], [M_FOR([I_T], 0, F_KINDS, [M_IF(T_VECTORS(I_T) == $1 && M_FACT([KIND], I_T, [LANES]) == $2, I_T)])])

m4_dnl T_UNIT(panel block)
m4_define([T_UNIT], [
/* Output rows first .. end-1 of M_FACT([PANEL], $1, [SIZE]) output channels. */
static void F_PREFIX[]unit_panel$1(const float *in, const float *packed, float *out, size_t first, size_t end)
{
m4_pushdef([T_VECTOR], 0)M_FOR([I_J], 0, M_FACT([PANEL], $1, [BANDS]), [T_PANEL(M_FACT([PANEL], $1, [BAND], I_J, [COUNT]), M_FACT([PANEL], $1, [BAND], I_J, [VECTORS]), M_FACT([PANEL], $1, [BAND], I_J, [LANES]))])m4_popdef([T_VECTOR])}
])
m4_dnl T_PANEL(count, vectors, lanes): T_VECTOR counts the vectors before this band.
m4_define([T_PANEL], [M_IF($1 > 1, [m4_dnl
    for (size_t j = 0; j < $1; ++j) {
], [m4_dnl
    {
])m4_dnl
        const float *const panel = packed[]M_TERM(T_VECTOR * F_VECTOR_FLOATS)T_TIMES([j], $2 * F_VECTOR_FLOATS, $1);
        float *const y = out[]M_TERM(T_VECTOR * V_LANES * F_OUT_CHANNEL)T_TIMES([j], $2 * V_LANES * F_OUT_CHANNEL, $1);
        const struct F_PREFIX[]run *band = F_PREFIX[]rows;
        for (size_t row = first; row < end; ++row) {
            while (row >= (size_t)band->out + band->count)
                ++band;
            F_PREFIX[]row_kind[]T_FIND_KIND($2, $3)(in + (band->in + (row - band->out) * band->step) * F_IN_ROW, band->high - band->low, panel,
                panel + M_EVAL($2 * V_LANES) + band->low * M_EVAL(F_KERNEL_W * F_IN_C * $2 * V_LANES), y + row * F_OUT_ROW);
        }
    }
m4_define([T_VECTOR], M_EVAL(T_VECTOR + $1 * $2))])

m4_dnl T_RUN_TABLE(name, fact, count): bands of rows or columns, with the taps of all their outputs.
m4_define([T_RUN_TABLE], [static const struct F_PREFIX[]run F_PREFIX[]$1<:$3:> = {
M_FOR([I_B], 0, $3, [m4_dnl
    {M_FACT([$2], I_B, [COUNT]), T_SIZE([$2]), M_FACT([$2], I_B, [OUT]), M_FACT([$2], I_B, [IN]), M_FACT([$2], I_B, [STEP]), T_TAP_RANGE([$2])},
])m4_dnl
};
])
m4_define([T_SIZE], [m4_ifelse($1, [ROW], 1, [M_FACT([COLUMN], I_B, [SIZE])])])
m4_define([T_TAP_RANGE], [m4_ifelse($1, [ROW], [M_FACT([ROW], I_B, [TAP_LOW]), M_FACT([ROW], I_B, [TAP_HIGH])],
    [M_IF(M_FACT([COLUMN], I_B, [RUNS]), [M_FACT([COLUMN], I_B, [RUN], 0, [TAP]), M_EVAL(M_FACT([COLUMN], I_B, [RUN], 0, [TAP]) + M_FACT([COLUMN], I_B, [RUN], 0, [TAPS]))], [0, 0])])])

m4_dnl ---- packing -------------------------------------------------------------------------------------------------

m4_define([T_PACK], [
/* One panel of output channels, `vectors` vectors of which the last may be partly empty. */
static float *F_PREFIX[]pack_panel(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                         size_t vectors, float *to)
{
    for (size_t n = 0; n < vectors; ++n, to += V_LANES)
        pack_lanes(bias != NULL ? bias + channel + n * V_LANES : NULL, lanes - n * V_LANES, to);
    for (size_t tap = 0; tap < M_EVAL(F_KERNEL_H * F_KERNEL_W); ++tap)
        for (size_t k = 0; k < F_IN_C; ++k)
            for (size_t lane = 0; lane < vectors * V_LANES; ++lane)
                *to++ = lane < lanes ? weight<:((channel + lane) * F_IN_C + k) * M_EVAL(F_KERNEL_H * F_KERNEL_W) + tap:> : 0.0f;
m4_ifelse(F_ACT, [prelu], [m4_dnl
    for (size_t n = 0; n < vectors; ++n, to += V_LANES)
        pack_lanes(slope + channel + n * V_LANES, lanes - n * V_LANES, to);
], [m4_dnl
    (void)slope;
])m4_dnl
    return to;
}

M_PACK_CONTRACT([F_OUT_C x F_IN_C x F_KERNEL_H x F_KERNEL_W])
static void F_PREFIX[]pack_layer(const float *weight, const float *bias, const float *slope, float *to)
{
    float *const end = to + M_EVAL(F_LAYER_BYTES / 4); /* up to the alignment */
    size_t channel = 0;
M_FOR([I_P], 0, F_PANELS, [m4_dnl
    for (size_t block = 0; block < M_FACT([PANEL], I_P, [COUNT]); ++block) {
M_FOR([I_J], 0, M_FACT([PANEL], I_P, [BANDS]), [T_PACK_BAND(M_FACT([PANEL], I_P, [BAND], I_J, [COUNT]), M_FACT([PANEL], I_P, [BAND], I_J, [VECTORS]), M_FACT([PANEL], I_P, [BAND], I_J, [LANES]))])m4_dnl
    }
])m4_dnl
    for (; to < end; ++to)
        *to = 0.0f;
}
])
m4_define([T_PACK_BAND], [m4_dnl
        for (size_t j = 0; j < $1; ++j) {
            to = F_PREFIX[]pack_panel(weight, bias, slope, channel, M_EVAL(($2 - 1) * V_LANES + $3), $2, to);
            channel += M_EVAL(($2 - 1) * V_LANES + $3);
        }
])

m4_dnl ---- running -------------------------------------------------------------------------------------------------

m4_define([T_UNIT_CALL], [unit_panel$1(x, w, y, first, end);])
m4_define([T_RUN], [
/*
 * in:  F_BATCH images of M_IF(F_PLANES, [F_IN_C planes of F_IN_H x F_IN_W], [F_IN_H x F_IN_W x F_IN_C]), out: F_BATCH of M_IF(F_PLANES, [F_OUT_C of F_OUT_H x F_OUT_W], [F_OUT_H x F_OUT_W x F_OUT_C]), packed: by pack().
 * Unit: F_UNIT_ROWS output rows x a block of output channels of an image; there are F_UNIT_COUNT.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t block = unit % F_PANEL_TOTAL;
        const size_t first = unit / F_PANEL_TOTAL % F_SLICES * F_UNIT_ROWS;
        const size_t end = first + F_UNIT_ROWS < F_OUT_H ? first + F_UNIT_ROWS : F_OUT_H;
        const size_t image = unit / M_EVAL(F_PANEL_TOTAL * F_SLICES);
        const float *const x = in + image * F_IN_IMAGE;
        const float *const w = (const float *)packed + block * M_EVAL(F_PANEL_0_VECTORS * F_VECTOR_FLOATS);
        float *const y = out + image * F_OUT_IMAGE + block * M_EVAL(F_PANEL_0_SIZE * F_OUT_CHANNEL);
M_IF(F_PANELS == 1, [m4_dnl
        T_UNIT_CALL(0)
], [m4_dnl
        if (block < F_PANEL_0_COUNT)
            T_UNIT_CALL(0)
        else
            T_UNIT_CALL(1)
])m4_dnl
    }
}
])
m4_divert(0)m4_dnl
M_KERNEL_FACTS[]M_HEADER([conv.m4], [ * Each output channel of a pixel is the sum over the taps inside the image, in each over the input channels, in order:
 *     acc = bias;  for ky, kx inside the image, for ci = 0 .. F_IN_C-1:  acc = fma(x, w, acc);  out = F_ACT(acc)])
M_PACK_LANES[]m4_dnl
A_DEFINE[]m4_dnl

/* A run of equal tiles along rows or columns: outputs from `out`, inputs from `in`, kernel taps low .. high-1. */
struct F_PREFIX[]run {
    uint32_t count, size, out, in, step, low, high;
};
T_RUN_TABLE([rows], [ROW], F_ROWS)m4_dnl
m4_ifelse(F_UNROLL, [full], [M_FOR([I_K], 0, F_KINDS, [M_FOR([I_C], 0, F_COLUMNS, [T_TILE_FULL(I_C, I_K)])T_ROW_FULL(I_K)])],
    [T_RUN_TABLE([columns], [COLUMN], F_COLUMNS)M_FOR([I_K], 0, F_KINDS, [M_FOR([I_S], 0, F_WIDTHS, [T_TILE_NONE(M_FACT([WIDTH], I_S), I_K)])T_ROW_NONE(I_K)])])m4_dnl
M_FOR([I_Q], 0, F_PANELS, [T_UNIT(I_Q)])m4_dnl
T_PACK[]M_PACK[]T_RUN[]
M_DESCRIPTOR[]m4_dnl
