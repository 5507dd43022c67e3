m4_divert(-1)
m4_dnl pointwise.m4: a pointwise (1x1) convolution, NHWC, f32, from the facts of facts_pointwise.c (templates/README.md).

m4_dnl A *tile* computes `rows` pixels x `vectors` channel vectors in accumulators a<row>_<vector>, over one block of
m4_dnl input channels (*depth*); tile<T>_depth<size> is its code. A *panel* is the packed weights of a tile's channels:
m4_dnl its biases, then for each input channel its weights, then its prelu slopes.

M_NEED([F_PREFIX], [F_PART], [F_ADD], [F_LINES], [F_LINE_IN], [F_LINE_OUT], [F_PIXEL_IN], [F_UNROLL_K], [F_PREFETCH_WEIGHTS],
    [F_PREFETCH_OUTPUT], [F_PREFETCH_LINES], [F_PREFETCH_TILES], [F_VECTOR_FLOATS], [F_PIXELS], [F_PIXEL_TOTAL], [F_PANELS], [F_PANEL_TOTAL], [F_TILES], [F_DEPTHS], [F_DEPTH_SIZES])

m4_dnl T_TIMES(variable, factor, count): ` + variable * factor`,
m4_dnl or nothing when its loop has a count of 1.
m4_define([T_TIMES], [M_IF($3 > 1, [ + $1 * M_EVAL($2)])])

m4_dnl ---- one register tile ---------------------------------------------------------------------------------------

m4_dnl T_EACH(tile, body): body for every accumulator, row I_R and vector I_N.
m4_define([T_EACH], [M_FOR([I_R], 0, M_FACT([TILE], $1, [ROWS]), [M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [$2])])])
m4_dnl T_LANES(tile): the channels that exist in vector I_N.
m4_define([T_LANES], [M_IF(I_N + 1 == M_FACT([TILE], $1, [VECTORS]), M_FACT([TILE], $1, [LANES]), V_LANES)])
m4_dnl T_OUT(): where accumulator I_R, I_N is stored.
m4_define([T_OUT], [M_PLUS([out], I_R * F_OUT_C + I_N * V_LANES)])

m4_dnl T_SPLIT(): whether there are several depths. T_ENDS(): whether the last one then ends otherwise than the others.
m4_define([T_SPLIT], [M_EVAL(F_DEPTHS > 1)])
m4_define([T_ENDS], [m4_ifelse(T_SPLIT[]F_ACT[]F_ADD, [1none0], 0, T_SPLIT)])

m4_dnl T_START(tile): declares the accumulators, at the bias; with several depths at `sums`, which may be partial sums, too.
m4_define([T_START], [T_EACH($1, [M_IF(T_SPLIT, [m4_dnl
        V_TYPE a[]I_R[]_[]I_N = M_IF(T_LANES($1) == V_LANES, [V_LOAD(T_SUM)], [V_LOAD_TAIL(T_SUM, T_LANES($1))]);
], [M_IF(I_R, [m4_dnl
        V_TYPE a[]I_R[]_[]I_N = a0_[]I_N;
], [m4_dnl
        V_TYPE a0_[]I_N = V_LOAD_PACKED(M_PLUS([sums], I_N * V_LANES));
])])])])
m4_define([T_SUM], [M_PLUS([sums[]M_IF(I_R, [ + M_IF(I_R > 1, [I_R * ])step])], I_N * V_LANES)])

m4_dnl T_FINISH(tile, channels): the activation after the last depth, and the stores.
m4_define([T_FINISH], [M_IF(T_ENDS, [m4_dnl
        if (last) {
T_END($1, $2, [            ])m4_dnl
        } else {
T_EACH($1, [T_STORE($1, T_OUT, [a]I_R[_]I_N, [            ])])m4_dnl
        }
], [T_END($1, $2, [        ])])])
m4_dnl T_END(tile, channels, indent): the slopes stand behind the last weights.
m4_define([T_END], [m4_ifelse(F_ACT, [prelu], [M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [m4_dnl
$3const V_TYPE slope[]I_N = V_LOAD_PACKED(weights + M_EVAL((M_FACT([TILE], $1, [VECTORS]) * $2 + I_N) * V_LANES));
])])T_EACH($1, [A_APPLY([$3], [a]I_R[_]I_N, [slope]I_N, []M_IF(F_ADD, [T_ADD_RESIDUAL($1, [$3])])T_STORE($1, T_OUT, [a]I_R[_]I_N, [$3]))])A_DONE([$3])])
m4_define([T_ADD_RESIDUAL], [$2[]a[]I_R[]_[]I_N = V_ADD(a[]I_R[]_[]I_N, M_IF(T_LANES($1) == V_LANES, [V_LOAD(T_ADD_AT)], [V_LOAD_TAIL(T_ADD_AT, T_LANES($1))]));
])
m4_define([T_ADD_AT], [M_PLUS([add], I_R * F_OUT_C + I_N * V_LANES)])
m4_define([T_STORE], [$4[]M_IF(T_LANES($1) == V_LANES, [V_STORE([$2], [$3])], [V_STORE_TAIL([$2], [$3], T_LANES($1))]);
])

m4_dnl T_STEPS(tile, count, indent): multiplies count input channels, those of a k group together, from in and w on.
m4_define([T_STEPS], [M_FOR([I_G], 0, $2 / V_K_GROUP, [T_GROUP($1, I_G * V_K_GROUP, [$3])])M_FOR([I_S], $2 / V_K_GROUP * V_K_GROUP, $2, [T_SINGLE($1, I_S, [$3])])])

m4_dnl T_WEIGHTS(tile, step, indent)
m4_define([T_WEIGHTS], [M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [m4_dnl
$3const V_TYPE b$2_[]I_N = V_LOAD_PACKED(M_PLUS([w], ($2 * M_FACT([TILE], $1, [VECTORS]) + I_N) * V_LANES));
])])
m4_dnl T_GROUP(tile, first step, indent): with a group of more than one, all pixels' groups are loaded first.
m4_define([T_GROUP], [M_IF(V_K_GROUP > 1, [M_FOR([I_R], 0, M_FACT([TILE], $1, [ROWS]), [T_K_LOAD(M_EVAL($2), [$3])])])M_FOR([I_L], 0, V_K_GROUP, [T_GROUP_STEP($1, M_EVAL($2), M_EVAL($2 + I_L), [$3])])])
m4_define([T_K_LOAD], [$2const V_K_TYPE x$1_[]I_R = V_K_LOAD(M_PLUS([in], I_R * F_PIXEL_IN + $1));
])
m4_define([T_GROUP_STEP], [T_WEIGHTS($1, $3, [$4])M_FOR([I_R], 0, M_FACT([TILE], $1, [ROWS]), [M_IF(V_K_GROUP == 1, [T_K_LOAD($2, [$4])])M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [m4_dnl
$4[]a[]I_R[]_[]I_N = V_K_FMA(x$2_[]I_R, I_L, b$3_[]I_N, a[]I_R[]_[]I_N);
])])])
m4_dnl T_SINGLE(tile, step, indent): one input channel, broadcast.
m4_define([T_SINGLE], [T_WEIGHTS($1, $2, [$3])M_FOR([I_R], 0, M_FACT([TILE], $1, [ROWS]), [m4_dnl
$3const V_TYPE x$2_[]I_R = V_DUP(M_PLUS([in], I_R * F_PIXEL_IN + $2));
M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [m4_dnl
$3[]a[]I_R[]_[]I_N = V_FMA(x$2_[]I_R, b$2_[]I_N, a[]I_R[]_[]I_N);
])])])

m4_dnl T_TILE(tile, channels): the code of a run of such tiles, one behind the other, over a depth of so many channels. It is
m4_dnl compiled by itself: all units and all depths of that size share it.
m4_define([T_TILE], [
/*
 * `tiles` times M_FACT([TILE], $1, [ROWS]) pixels x M_EVAL((M_FACT([TILE], $1, [VECTORS]) - 1) * V_LANES + M_FACT([TILE], $1, [LANES])) output channels over $2 input channels.
 * sums: where they start, the biases[]M_IF(T_SPLIT, [ (step: 0) or out (step: from pixel to pixel)]).
M_IF(F_PREFETCH_LINES, [m4_dnl
 * next: what they fetch ahead[]M_IF(T_IN_TURN, [, each its part; turn: how many tiles did before them]).
])m4_dnl
 */
M_ALONE void F_PREFIX[]tile$1_depth$2(const float *restrict pixels, const float *restrict weights,
                                const float *sums[]M_IF(T_SPLIT, [, size_t step]), float *out[]M_IF(F_PREFETCH_LINES, [, uintptr_t next[]M_IF(T_IN_TURN, [, size_t turn])])[]M_IF(F_ADD, [, const float *add])[]M_IF(T_ENDS, [, int last]), size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * M_EVAL(M_FACT([TILE], $1, [ROWS]) * F_PIXEL_IN);
        const float *w = weights;
M_IF(F_PREFETCH_LINES, [m4_dnl
        uintptr_t ahead = next[]T_TILE_AHEAD($2);
])T_START($1)T_LOOPED($1, M_EVAL($2 / F_UNROLL_K), M_EVAL($2 % F_UNROLL_K))T_FINISH($1, $2)m4_dnl
M_IF(T_SPLIT, [m4_dnl
        sums += M_FACT([TILE], $1, [ROWS]) * step;
])m4_dnl
        out += M_EVAL(M_FACT([TILE], $1, [ROWS]) * F_OUT_C);
M_IF(F_ADD, [m4_dnl
        add += M_EVAL(M_FACT([TILE], $1, [ROWS]) * F_OUT_C);
])m4_dnl
    }
}
])
m4_define([T_LOOPED], [M_IF($2 > 1, [m4_dnl
        for (size_t k = 0; k < $2; ++k) {
T_FETCH[]T_STEPS($1, F_UNROLL_K, [            ])            in += F_UNROLL_K;
            w += M_EVAL(F_UNROLL_K * M_FACT([TILE], $1, [VECTORS]) * V_LANES);
        }
T_STEPS($1, $3, [        ])], [M_IF(F_PREFETCH_LINES, [m4_dnl
        (void)ahead;
])T_STEPS($1, M_EVAL($2 * F_UNROLL_K + $3), [        ])])])
m4_dnl T_FETCH(): a turn's share of what is needed next. An address, not a pointer: it may lie behind the tensor.
m4_define([T_FETCH], [M_FOR([I_F], 0, F_PREFETCH_LINES, [m4_dnl
            V_PREFETCH((const void *)(M_PLUS([ahead], I_F * 64)));
])M_IF(F_PREFETCH_LINES, [m4_dnl
            ahead += M_EVAL(F_PREFETCH_LINES * 64);
])])

m4_dnl T_TILE_AHEAD(channels): what tile t of a run fetches of what the run does.
m4_define([T_TILE_AHEAD], [M_IF(T_IN_TURN, [ + (turn + t) % F_PREFETCH_TILES * T_AHEAD_PART($1)], [M_IF(F_PREFETCH_WEIGHTS, [], [ + t * T_AHEAD_PART($1)])])])

m4_dnl ---- one work unit -------------------------------------------------------------------------------------------

m4_dnl T_FIND_TILE(rows, vectors, lanes): the number of the tile with that code.
m4_define([T_FIND_TILE], [M_FOR([I_T], 0, F_TILES, [M_IF(M_FACT([TILE], I_T, [ROWS]) == $1 && M_FACT([TILE], I_T, [VECTORS]) == $2 && M_FACT([TILE], I_T, [LANES]) == $3, I_T)])])

m4_dnl T_UNIT(pixel block, panel block)
m4_define([T_UNIT], [
/* M_FACT([PIXEL], $1, [SIZE]) pixels x M_FACT([PANEL], $2, [SIZE]) output channels. */
M_ALONE void F_PREFIX[]unit_pixel$1_panel$2(const float *in, const float *packed, float *out[]M_IF(F_ADD, [, const float *add]))
{
M_FOR([I_D], 0, F_DEPTHS, [M_IF(M_FACT([DEPTH], I_D, [COUNT]) > 1, [m4_dnl
    for (size_t d = 0; d < M_FACT([DEPTH], I_D, [COUNT]); ++d) {
], [m4_dnl
    {
])m4_pushdef([T_VECTOR], 0)m4_pushdef([T_PANELS_BEFORE], 0)M_FOR([I_J], 0, M_FACT([PANEL], $2, [BANDS]), [T_PANEL($1, $2, M_FACT([PANEL], $2, [BAND], I_J, [COUNT]), M_FACT([PANEL], $2, [BAND], I_J, [VECTORS]))])m4_popdef([T_VECTOR])m4_popdef([T_PANELS_BEFORE])m4_dnl
    }
])}
])
m4_dnl T_NEXT(pixel block, panel block, band, count, vectors): what to fetch while a panel is used.
m4_dnl Weights: of the next panel, of the first one's next K block, or of the next unit's first. Else the next block's inputs
m4_dnl or outputs.
m4_define([T_NEXT], [            const uintptr_t next = M_IF(F_PREFETCH_WEIGHTS, [T_NEXT_PANEL($2, $3, $4, $5)], [(uintptr_t)M_IF(F_PREFETCH_OUTPUT, [out], [in]) + M_EVAL(M_FACT([PIXEL], $1, [SIZE]) * M_IF(F_PREFETCH_OUTPUT, F_OUT_C, F_PIXEL_IN) * 4)T_NEXT_SHARE($1, $4)]);
])
m4_define([T_NEXT_PANEL], [M_IF($3 > 1, [j < M_EVAL($3 - 1) ? T_NEXT_IN_BLOCK($4) : ])M_IF($2 + 1 < M_FACT([PANEL], $1, [BANDS]), [T_NEXT_IN_BLOCK($4)], [(uintptr_t)packed + M_IF(M_FACT([DEPTH], I_D, [LAST]), [T_NEXT_UNIT($1)], [T_NEXT_DEPTH(M_FACT([PANEL], $1, [BAND], 0, [VECTORS]))])])])
m4_define([T_NEXT_IN_BLOCK], [(uintptr_t)w + M_EVAL($1 * F_VECTOR_FLOATS * 4)])
m4_define([T_NEXT_DEPTH], [M_EVAL($1 * V_LANES * (1 + M_FACT([DEPTH], I_D, [AT]) + M_FACT([DEPTH], I_D, [SIZE])) * 4)T_TIMES([d], M_FACT([DEPTH], I_D, [SIZE]) * $1 * V_LANES * 4, M_FACT([DEPTH], I_D, [COUNT]))])
m4_define([T_NEXT_UNIT], [M_EVAL((M_IF(F_PANEL_TOTAL > 1, [M_FACT([PANEL], $1, [VECTORS]) * F_VECTOR_FLOATS], 0) + M_FACT([PANEL], $1, [BAND], 0, [VECTORS]) * V_LANES) * 4)])
m4_dnl T_NEXT_SHARE(pixel block, panels): each panel fetches another part of the next block, T_PANELS_BEFORE before this band.
m4_define([T_NEXT_SHARE], [M_TERM(T_PANELS_BEFORE * T_BLOCK_TILES($1) * T_AHEAD_PART(M_FACT([DEPTH], I_D, [SIZE])))T_TIMES([j], T_BLOCK_TILES($1) * T_AHEAD_PART(M_FACT([DEPTH], I_D, [SIZE])), $2)])
m4_define([T_BLOCK_TILES], [(0[]M_FOR([I_B], 0, M_FACT([PIXEL], $1, [BANDS]), [ + M_FACT([PIXEL], $1, [BAND], I_B, [COUNT])]))])
m4_dnl T_IN_TURN(): whether the tiles of a run fetch its parts in turn, again and again. T_RUN_AHEAD(): what a run gets of it.
m4_define([T_IN_TURN], [M_EVAL(F_PREFETCH_WEIGHTS && F_PREFETCH_TILES > 1)])
m4_define([T_RUN_AHEAD], [M_IF(F_PREFETCH_LINES, [, next[]M_IF(F_PREFETCH_WEIGHTS, [M_IF(T_IN_TURN, [, T_TILES_BEFORE])], [M_TERM(T_TILES_BEFORE * T_AHEAD_PART(M_FACT([DEPTH], I_D, [SIZE])))])])])
m4_define([T_AHEAD_PART], [M_EVAL($1 / F_UNROLL_K * F_PREFETCH_LINES * 64)])
m4_dnl T_PANEL(pixel block, panel block, count, vectors): T_VECTOR counts the vectors before this band, T_PANELS_BEFORE
m4_dnl the panels.
m4_define([T_PANEL], [M_IF($3 > 1, [m4_dnl
        for (size_t j = 0; j < $3; ++j) {
], [m4_dnl
        {
])m4_dnl
            const float *const panel = packed[]M_TERM(T_VECTOR * F_VECTOR_FLOATS)T_TIMES([j], $4 * F_VECTOR_FLOATS, $3);
            const float *const w = panel + M_EVAL($4 * V_LANES * (1 + M_FACT([DEPTH], I_D, [AT])))T_TIMES([d], M_FACT([DEPTH], I_D, [SIZE]) * $4 * V_LANES, M_FACT([DEPTH], I_D, [COUNT]));
            const float *const x = in[]M_TERM(M_FACT([DEPTH], I_D, [AT]))T_TIMES([d], M_FACT([DEPTH], I_D, [SIZE]), M_FACT([DEPTH], I_D, [COUNT]));
            float *const y = out[]M_TERM(T_VECTOR * V_LANES)T_TIMES([j], $4 * V_LANES, $3);
M_IF(F_PREFETCH_LINES, [T_NEXT($1, $2, I_J, $3, $4)])M_IF(F_ADD, [m4_dnl
            const float *const z = add[]M_TERM(T_VECTOR * V_LANES)T_TIMES([j], $4 * V_LANES, $3);
])m4_dnl
m4_pushdef([T_PIXEL], 0)m4_pushdef([T_TILES_BEFORE], 0)M_FOR([I_B], 0, M_FACT([PIXEL], $1, [BANDS]), [T_PIXELS(M_FACT([PIXEL], $1, [BAND], I_B, [COUNT]), M_FACT([PIXEL], $1, [BAND], I_B, [SIZE]), $4, M_FACT([PANEL], $2, [BAND], I_J, [LANES]))])m4_popdef([T_PIXEL])m4_popdef([T_TILES_BEFORE])m4_dnl
        }
m4_define([T_VECTOR], M_EVAL(T_VECTOR + $3 * $4))m4_define([T_PANELS_BEFORE], M_EVAL(T_PANELS_BEFORE + $3))])
m4_dnl T_PIXELS(count, rows, vectors, lanes): T_PIXEL counts the pixels before this band, T_TILES_BEFORE the tiles.
m4_define([T_PIXELS], [m4_dnl
            F_PREFIX[]tile[]T_FIND_TILE($2, $3, $4)_depth[]M_FACT([DEPTH], I_D, [SIZE])(x[]M_TERM(T_PIXEL * F_PIXEL_IN), w, T_SUMS, y[]M_TERM(T_PIXEL * F_OUT_C)[]T_RUN_AHEAD[]M_IF(F_ADD, [, z[]M_TERM(T_PIXEL * F_OUT_C)])[]M_IF(T_ENDS, [, M_FACT([DEPTH], I_D, [LAST])]), $1);
m4_define([T_PIXEL], M_EVAL(T_PIXEL + $1 * $2))m4_define([T_TILES_BEFORE], M_EVAL(T_TILES_BEFORE + $1))])

m4_define([T_SUMS], [M_IF(M_FACT([DEPTH], I_D, [FIRST]), [panel[]M_IF(T_SPLIT, [, 0])], [y[]M_TERM(T_PIXEL * F_OUT_C), F_OUT_C])])

m4_dnl ---- packing -------------------------------------------------------------------------------------------------

m4_define([T_PACK], [
/* One panel of output channels, `vectors` vectors of which the last may be partly empty. */
static float *F_PREFIX[]pack_panel(const float *weight, const float *bias, const float *slope, size_t channel, size_t lanes,
                         size_t vectors, float *to)
{
    for (size_t n = 0; n < vectors; ++n, to += V_LANES)
        pack_lanes(bias != NULL ? bias + channel + n * V_LANES : NULL, lanes - n * V_LANES, to);
    for (size_t k = 0; k < F_IN_C; ++k)
        for (size_t lane = 0; lane < vectors * V_LANES; ++lane)
            *to++ = lane < lanes ? weight<:(channel + lane) * F_IN_C + k:> : 0.0f;
m4_ifelse(F_ACT, [prelu], [m4_dnl
    for (size_t n = 0; n < vectors; ++n, to += V_LANES)
        pack_lanes(slope + channel + n * V_LANES, lanes - n * V_LANES, to);
], [m4_dnl
    (void)slope;
])m4_dnl
    return to;
}

M_PACK_CONTRACT([F_OUT_C x F_IN_C])
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

m4_dnl T_CALL_PIXEL(pixel block, panel block): the unit's pixels lie in blocks of one of at most two sizes.
m4_define([T_UNIT_CALL], [unit_pixel$1_panel$2(x + (pixel - $3) * M_EVAL(M_FACT([PIXEL], $1, [SIZE]) * F_PIXEL_IN)M_TERM($4 * F_PIXEL_IN), w, y + (pixel - $3) * M_EVAL(M_FACT([PIXEL], $1, [SIZE]) * F_OUT_C)M_TERM($4 * F_OUT_C));])
m4_define([T_PIXEL_CALLS], [M_IF(F_PIXELS == 1, [m4_dnl
$2T_UNIT_CALL(0, $1, 0, 0)
], [m4_dnl
$2[]if (pixel < F_PIXEL_0_COUNT)
$2    T_UNIT_CALL(0, $1, 0, 0)
$2[]else
$2    T_UNIT_CALL(1, $1, F_PIXEL_0_COUNT, F_PIXEL_0_COUNT * F_PIXEL_0_SIZE)
])])

m4_define([T_RUN], [
/*
 * in:  F_BATCH images of F_IN_H x F_IN_W x F_IN_C, out: F_BATCH of F_OUT_H x F_OUT_W x F_OUT_C, packed: by pack().
 * Unit: a block of pixels of a line x a block of output channels; there are F_UNIT_COUNT.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
    (void)workspace;
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t block = unit % F_PANEL_TOTAL;
        const size_t pixel = unit / F_PANEL_TOTAL % F_PIXEL_TOTAL;
        const size_t line = unit / M_EVAL(F_PANEL_TOTAL * F_PIXEL_TOTAL);
        const float *const x = in + line / F_LINES * F_IN_IMAGE[]M_IF(F_LINES > 1, [ + line % F_LINES * F_LINE_IN]);
        const float *w = (const float *)packed + block * M_EVAL(F_PANEL_0_VECTORS * F_VECTOR_FLOATS);
        float *y = out + line / F_LINES * F_OUT_IMAGE[]M_IF(F_LINES > 1, [ + line % F_LINES * F_LINE_OUT]) + block * F_PANEL_0_SIZE;
M_IF(F_PANELS == 1, [T_PIXEL_CALLS(0, [        ])], [m4_dnl
        if (block < F_PANEL_0_COUNT) {
T_PIXEL_CALLS(0, [            ])m4_dnl
        } else {
T_PIXEL_CALLS(1, [            ])m4_dnl
        }
])m4_dnl
    }
}
])
m4_divert(0)m4_dnl
M_IF(F_PART, [], [M_KERNEL_FACTS[]M_HEADER([pointwise.m4], [ * Each output channel of a pixel is the sum over its input channels, in order:
 *     acc = bias;  for ci = 0 .. F_IN_C-1:  acc = fma(x, w, acc);  out = F_ACT(acc)])
M_PACK_LANES[]])m4_dnl
A_DEFINE[]m4_dnl
M_FOR([I_T], 0, F_TILES, [M_FOR([I_S], 0, F_DEPTH_SIZES, [T_TILE(I_T, M_FACT([DEPTH_SIZE], I_S))])])m4_dnl
M_FOR([I_P], 0, F_PIXELS, [M_FOR([I_Q], 0, F_PANELS, [T_UNIT(I_P, I_Q)])])m4_dnl
T_PACK[]M_IF(F_PART, [], [M_PACK[]T_RUN[]
M_DESCRIPTOR[]])m4_dnl
