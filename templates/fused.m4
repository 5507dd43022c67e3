m4_divert(-1)
m4_dnl fused.m4: the stages `separable` (depthwise, pointwise) and `inverted` (pointwise, depthwise, pointwise, with or
m4_dnl without the input added), f32, from the facts of facts_fused.c. The layers' code comes from their own templates, as
m4_dnl parts, under the prefixes first_, second_, third_. Of NHWC: depthwise.m4 gives group0(in, w, out, tile, in_first,
m4_dnl out_first), pointwise.m4 unit_pixel<P>_panel0(in, packed, out). Of NCHW: depthwise_nchw.m4 gives tiles(in, w, out,
m4_dnl tile, tile_end, channel, channel_end, in_first, out_first), pointwise_nchw.m4 unit_pixel<P>_channel0(in, packed, out).

M_KERNEL_FACTS
M_NEED([F_EXPANDS], [F_PLANES], [F_UNIT_ROWS], [F_UNIT_TILES], [F_UNITS], [F_TILE_TOTAL], [F_WINDOW_ROWS], [F_WINDOW_AT], [F_WINDOW_STEP],
    [F_EXPAND_ROWS], [F_EXPAND_REST], [F_LAST_ROWS], [F_ROWS_AT])

m4_dnl T_DEPTHWISE, T_POINTWISE: the templates of the layers.
m4_define([T_DEPTHWISE], M_IF(F_PLANES, [depthwise_nchw.m4], [depthwise.m4]))
m4_define([T_POINTWISE], M_IF(F_PLANES, [pointwise_nchw.m4], [pointwise.m4]))

m4_divert(0)m4_dnl
M_HEADER([fused.m4 over M_IF(F_EXPANDS, [T_POINTWISE, ])T_DEPTHWISE, T_POINTWISE], [ * M_IF(F_EXPANDS, [A pointwise layer, a depthwise one and a pointwise one], [A depthwise layer and a pointwise one])[]M_IF(F_RESIDUAL, [, and the input added]), a few rows at a
 * time: every value is the same as that of the layers one after the other.])
M_IF(F_PLANES, [], [M_PACK_LANES[]])m4_dnl
M_LAYER(0)m4_include(M_IF(F_EXPANDS, T_POINTWISE, T_DEPTHWISE))M_LAYER(1)m4_include(M_IF(F_EXPANDS, T_DEPTHWISE, T_POINTWISE))M_IF(F_EXPANDS, [M_LAYER(2)m4_include(T_POINTWISE)])m4_dnl
m4_divert(-1)

m4_dnl After the layers, whose templates have T_ words of their own:

m4_dnl T_DW and T_PW: the indices of the depthwise and of the last pointwise layer.
m4_define([T_DW], [F_EXPANDS])
m4_define([T_PW], M_EVAL(F_EXPANDS + 1))
m4_define([T_OF], [M_FACT([LAYER], $1, [$2])])
m4_dnl A row of a tensor: of all its channels, or of a plane.
m4_define([T_ROW_OF], [M_EVAL($1 * M_IF(F_PLANES, 1, $2))])
m4_define([T_IN_ROW], T_ROW_OF(T_OF(0, [IN_W]), T_OF(0, [IN_C])))
m4_define([T_DW_IN_ROW], T_ROW_OF(T_OF(T_DW, [IN_W]), T_OF(T_DW, [IN_C])))
m4_define([T_OUT_ROW], T_ROW_OF(T_OF(T_PW, [OUT_W]), T_OF(T_PW, [OUT_C])))
m4_dnl The pointwise layers' function: all output channels of a block of pixels.
m4_define([T_UNIT_OF], [unit_pixel$1_[]M_IF(F_PLANES, [channel0], [panel0])])
m4_define([T_DW_OUT_ROW], T_ROW_OF(T_OF(T_DW, [OUT_W]), T_OF(T_DW, [OUT_C])))
m4_define([T_REST], M_EVAL(T_OF(T_DW, [OUT_H]) % F_LAST_ROWS))
m4_define([T_PACKED], [M_IF(T_OF($1, [PACKED_AT]), [weights + M_EVAL(T_OF($1, [PACKED_AT]) / 4)], [weights])])

m4_define([T_EXPAND], [first_[]T_UNIT_OF($1)(in + row * T_IN_ROW, weights, rows + (row - low) * T_DW_IN_ROW);])
m4_dnl T_WINDOW(): the expanded rows of a unit, from `low` to `high`; `ready` of them are there from the unit before.
m4_define([T_WINDOW], [
/* What the workspace holds of the expanded rows: rows low .. high-1 of an image. */
struct window {
    size_t image, low, high;
};

/* The first input row that output row y needs. */
static size_t window_low(size_t y)
{
    const size_t from = y * T_OF(T_DW, [STRIDE_H]);
    const size_t low = from > T_OF(T_DW, [PAD_TOP]) ? from - T_OF(T_DW, [PAD_TOP]) : 0;
    return low < T_OF(T_DW, [IN_H]) ? low : T_OF(T_DW, [IN_H]) - 1;
}

/* The end of the input rows that output rows up to y need. */
static size_t window_high(size_t y)
{
    const size_t to = y * T_OF(T_DW, [STRIDE_H]) + M_EVAL((T_OF(T_DW, [KERNEL_H]) - 1) * T_OF(T_DW, [DILATION_H]) + 1);
    const size_t high = to > T_OF(T_DW, [PAD_TOP]) ? to - T_OF(T_DW, [PAD_TOP]) : 0;
    return high < T_OF(T_DW, [IN_H]) ? high : T_OF(T_DW, [IN_H]);
}

/* Moves the window of an image on to rows low .. high-1: keeps what is there, expands the rest. */
static void window_move(struct window *window, size_t image, size_t low, size_t high, const float *in,
                        const float *weights, float *rows)
{
    const int keeps = window->image == image && window->low <= low && low < window->high;
    const size_t kept = keeps ? window->high - low : 0;
    if (keeps && window->low < low)
M_IF(F_PLANES, [m4_dnl
        for (float *plane = rows; plane < rows + M_EVAL(T_OF(T_DW, [IN_C]) * F_WINDOW_STEP); plane += F_WINDOW_STEP)
            memmove(plane, plane + (low - window->low) * T_DW_IN_ROW, kept * T_DW_IN_ROW * sizeof(float));
], [m4_dnl
        memmove(rows, rows + (low - window->low) * T_DW_IN_ROW, kept * T_DW_IN_ROW * sizeof(float));
])m4_dnl
    size_t row = low + kept;
    for (; row + F_EXPAND_ROWS <= high; row += F_EXPAND_ROWS)
        T_EXPAND(0)
M_IF(F_EXPAND_REST, [m4_dnl
    for (; row < high; row += F_EXPAND_REST)
        T_EXPAND(1)
])m4_dnl
    *window = (struct window){image, low, high > low + kept ? high : low + kept};
}
])

m4_dnl T_SHAPE(layer, [IN] or [OUT]): an image in words.
m4_define([T_SHAPE], [M_IF(F_PLANES, [T_OF($1, [$2_C]) planes of T_OF($1, [$2_H]) x T_OF($1, [$2_W])], [T_OF($1, [$2_H]) x T_OF($1, [$2_W]) x T_OF($1, [$2_C])])])

m4_dnl T_LAST(pixel block): runs the last layer on some of a unit's rows.
m4_define([T_LAST], [M_IF(F_EXPANDS, [third], [second])_[]T_UNIT_OF($1)(rows + (row - first) * T_DW_OUT_ROW, T_PACKED(T_PW), y + row * T_OUT_ROW[]M_IF(F_RESIDUAL, [, x + row * T_OUT_ROW]));])

m4_dnl T_TILES(prefix, input, its first row): the depthwise layer on a unit's rows of tiles.
m4_define([T_TILES], [M_IF(F_PLANES, [m4_dnl
        $1_tiles($2, T_PACKED(T_DW), rows, tile, tile_end, 0, T_OF(T_DW, [OUT_C]), $3, first);
], [m4_dnl
        for (size_t t = tile; t < tile_end; ++t)
            $1_group0($2, T_PACKED(T_DW), rows, t, $3, first);
])])

m4_define([T_RUN], [
/*
 * in:  F_BATCH images of T_SHAPE(0, [IN]), out: F_BATCH of T_SHAPE(T_PW, [OUT]), packed: by pack().
 * workspace: M_IF(F_EXPANDS, [F_WINDOW_ROWS expanded rows, then ])F_UNIT_ROWS rows of the depthwise output.
 * Unit: F_UNIT_ROWS output rows of one image; there are F_UNIT_COUNT.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    const float *const weights = packed;
    float *const rows = (float *)workspace[]M_IF(F_ROWS_AT, [ + F_ROWS_AT]);
M_IF(F_EXPANDS, [m4_dnl
    float *const expanded = M_IF(F_WINDOW_AT, [(float *)workspace + F_WINDOW_AT], [workspace]);
    struct window window = {0, 0, 0};
])m4_dnl
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t image = unit / F_UNITS;
        const size_t first = unit % F_UNITS * F_UNIT_ROWS;
        const size_t last = first + F_UNIT_ROWS < T_OF(T_DW, [OUT_H]) ? first + F_UNIT_ROWS : T_OF(T_DW, [OUT_H]);
        const size_t tile = unit % F_UNITS * F_UNIT_TILES;
        const size_t tile_end = tile + F_UNIT_TILES < F_TILE_TOTAL ? tile + F_UNIT_TILES : F_TILE_TOTAL;
        const float *const x = in + image * F_IN_IMAGE;
        float *const y = out + image * F_OUT_IMAGE;
M_IF(F_EXPANDS, [m4_dnl
        window_move(&window, image, window_low(first), window_high(last - 1), x, weights, expanded);
T_TILES([second], [expanded], [window.low])m4_dnl
], [m4_dnl
T_TILES([first], [x], 0)m4_dnl
])        size_t row = first;
        for (; row + F_LAST_ROWS <= last; row += F_LAST_ROWS)
            T_LAST(0)
M_IF(T_REST, [m4_dnl
        if (row < last)
            T_LAST(1)
])m4_dnl
    }
}
])
m4_divert(0)m4_dnl
M_IF(F_EXPANDS, [T_WINDOW[]])M_PACK[]T_RUN
M_DESCRIPTOR[]m4_dnl
