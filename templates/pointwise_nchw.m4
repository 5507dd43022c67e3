m4_divert(-1)
m4_dnl pointwise_nchw.m4: a pointwise (1x1) convolution, NCHW, f32, from the facts of facts_pointwise_nchw.c
m4_dnl (templates/README.md).

m4_dnl A *tile* computes `rows` output channels x `vectors` pixel vectors in accumulators a<row>_<vector>, over one block of
m4_dnl input channels (*depth*); tile<T>_depth<size> is its code. A *panel* is the packed weights of a tile's channels: its
m4_dnl biases, then for each input channel its weights, then its prelu slopes.

M_NEED([F_PREFIX], [F_PART], [F_ADD], [F_LAYER_BYTES], [F_GATHER], [F_K_STEP], [F_OUT_STEP], [F_UNROLL_K], [F_PREFETCH_OUTPUT], [F_CHANNEL_FLOATS], [F_PIXELS], [F_PIXEL_TOTAL], [F_CHANNELS],
    [F_CHANNEL_TOTAL], [F_TILES], [F_DEPTHS], [F_DEPTH_SIZES])

m4_dnl From one plane of the input to the next, in elements.
m4_define([T_IN_PLANE], M_IF(F_GATHER, M_EVAL(F_IN_H * F_IN_W), F_K_STEP))

m4_dnl T_TIMES(variable, factor, count): ` + variable * factor`,
m4_dnl or nothing when its loop has a count of 1.
m4_define([T_TIMES], [M_IF($3 > 1, [ + $1 * M_EVAL($2)])])

m4_dnl ---- one register tile ---------------------------------------------------------------------------------------

m4_dnl T_EACH(tile, body): body for every accumulator, row I_R and vector I_N.
m4_define([T_EACH], [M_FOR([I_R], 0, M_FACT([TILE], $1, [ROWS]), [M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [$2])])])
m4_dnl T_LANES(tile): the pixels that exist in vector I_N.
m4_define([T_LANES], [M_IF(I_N + 1 == M_FACT([TILE], $1, [VECTORS]), M_FACT([TILE], $1, [LANES]), V_LANES)])
m4_dnl T_OUT(): where accumulator I_R, I_N is stored.
m4_define([T_OUT], [M_PLUS([out], I_R * F_OUT_STEP + I_N * V_LANES)])
m4_dnl T_LOAD(pointer, lanes)
m4_define([T_LOAD], [M_IF($2 == V_LANES, [V_LOAD([$1])], [V_LOAD_TAIL([$1], $2)])])

m4_dnl T_SPLIT(): whether there are several depths. T_ENDS(): whether the last one then ends otherwise than the others.
m4_define([T_SPLIT], [M_EVAL(F_DEPTHS > 1)])
m4_define([T_ENDS], [m4_ifelse(T_SPLIT[]F_ACT[]F_ADD, [1none0], 0, T_SPLIT)])

m4_dnl T_START(tile): declares the accumulators, at the bias, or behind the first depth at the partial sum in the output.
m4_define([T_START], [M_IF(T_SPLIT, [T_EACH($1, [m4_dnl
        V_TYPE a[]I_R[]_[]I_N;
])m4_dnl
        if (first) {
T_FETCH($1, [            ])T_BIASES($1, [            ])m4_dnl
        } else {
T_EACH($1, [m4_dnl
            a[]I_R[]_[]I_N = T_LOAD(T_OUT, T_LANES($1));
])m4_dnl
        }
], [T_FETCH($1, [        ])T_BIASES($1, [        V_TYPE ])])])
m4_define([T_BIASES], [T_EACH($1, [M_IF(I_N, [m4_dnl
$2[]a[]I_R[]_[]I_N = a[]I_R[]_0;
], [m4_dnl
$2[]a[]I_R[]_0 = V_DUP(M_PLUS([bias], I_R));
])])])

m4_dnl T_FINISH(tile, channels): the activation after the last depth, and the stores.
m4_define([T_FINISH], [M_IF(T_ENDS, [m4_dnl
        if (last) {
T_END($1, $2, [            ])m4_dnl
        } else {
T_EACH($1, [T_STORE(T_OUT, [a]I_R[_]I_N, T_LANES($1), [            ])])m4_dnl
        }
], [T_END($1, $2, [        ])])])
m4_dnl T_END(tile, channels, indent): the slopes stand behind the last weights.
m4_define([T_END], [m4_ifelse(F_ACT, [prelu], [M_FOR([I_R], 0, M_FACT([TILE], $1, [ROWS]), [m4_dnl
$3const V_TYPE slope[]I_R = V_DUP(weights + M_EVAL(M_FACT([TILE], $1, [ROWS]) * $2 + I_R));
])])T_EACH($1, [A_APPLY([$3], [a]I_R[_]I_N, [slope]I_R, []M_IF(F_ADD, [T_ADD_RESIDUAL($1, [$3])])T_STORE(T_OUT, [a]I_R[_]I_N, T_LANES($1), [$3]))])A_DONE([$3])])
m4_define([T_ADD_RESIDUAL], [$2[]a[]I_R[]_[]I_N = V_ADD(a[]I_R[]_[]I_N, T_LOAD(M_PLUS([add], I_R * F_OUT_STEP + I_N * V_LANES), T_LANES($1)));
])
m4_define([T_STORE], [$4[]M_IF($3 == V_LANES, [V_STORE([$1], [$2])], [V_STORE_TAIL([$1], [$2], $3)]);
])

m4_dnl T_STEPS(tile, count, indent): multiplies count input channels, from in and w on.
m4_define([T_STEPS], [M_FOR([I_S], 0, $2, [T_STEP($1, I_S, [$3])])])
m4_dnl T_STEP(tile, step, indent): one input channel: its pixels, then the weights of a group of output channels at a time.
m4_define([T_STEP], [M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [m4_dnl
$3const V_TYPE x$2_[]I_N = T_LOAD(M_PLUS([in], $2 * F_K_STEP + I_N * V_LANES), T_INPUT_LANES($1));
])T_GROUPS($1, $2, [$3], M_EVAL(M_FACT([TILE], $1, [ROWS]) / V_K_GROUP * V_K_GROUP), M_EVAL($2 * M_FACT([TILE], $1, [ROWS])))])
m4_dnl T_INPUT_LANES(tile): a gathered vector is full.
m4_define([T_INPUT_LANES], [M_IF(F_GATHER, V_LANES, [T_LANES($1)])])
m4_dnl T_GROUPS(tile, step, indent, grouped rows, offset of the weights)
m4_define([T_GROUPS], [M_FOR([I_G], 0, $4 / V_K_GROUP, [m4_dnl
$3const V_K_TYPE w$2_[]M_EVAL(I_G * V_K_GROUP) = V_K_LOAD(M_PLUS([w], $5 + I_G * V_K_GROUP));
M_FOR([I_L], 0, V_K_GROUP, [M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [m4_dnl
$3[]a[]M_EVAL(I_G * V_K_GROUP + I_L)_[]I_N = V_K_FMA(w$2_[]M_EVAL(I_G * V_K_GROUP), I_L, x$2_[]I_N, a[]M_EVAL(I_G * V_K_GROUP + I_L)_[]I_N);
])])])M_FOR([I_R], $4, M_FACT([TILE], $1, [ROWS]), [m4_dnl
$3const V_TYPE w$2_[]I_R = V_DUP(M_PLUS([w], $5 + I_R));
M_FOR([I_N], 0, M_FACT([TILE], $1, [VECTORS]), [m4_dnl
$3[]a[]I_R[]_[]I_N = V_FMA(x$2_[]I_N, w$2_[]I_R, a[]I_R[]_[]I_N);
])])])

m4_dnl T_FETCH(tile, indent): asks for what the tile after the next of these channels writes. An address, not a pointer: it may
m4_dnl lie behind the tensor.
m4_define([T_FETCH], [M_IF(F_PREFETCH_OUTPUT, [M_FOR([I_R], 0, M_FACT([TILE], $1, [ROWS]), [m4_dnl
$2V_PREFETCH((const void *)((uintptr_t)out + M_EVAL((I_R * F_OUT_STEP + 2 * M_FACT([TILE], $1, [VECTORS]) * V_LANES) * 4)));
])])])

m4_dnl T_TILE(tile, channels): the code of a run of such tiles, one behind the other, over a depth of so many channels. It is
m4_dnl compiled by itself: all units and all depths of that size share it.
m4_define([T_TILE], [
/* `tiles` times M_FACT([TILE], $1, [ROWS]) output channels x M_EVAL((M_FACT([TILE], $1, [VECTORS]) - 1) * V_LANES + M_FACT([TILE], $1, [LANES])) pixels over $2 input channels[]M_IF(T_SPLIT, [, the `first` of which start at the bias, not at out]). */
M_ALONE void F_PREFIX[]tile$1_depth$2(const float *restrict pixels, const float *restrict weights,
                                const float *bias, float *out[]M_IF(F_ADD, [, const float *add])[]M_IF(T_SPLIT, [, int first])[]M_IF(T_ENDS, [, int last]), size_t tiles)
{
    for (size_t t = 0; t < tiles; ++t) {
        const float *in = pixels + t * M_EVAL(M_FACT([TILE], $1, [VECTORS]) * V_LANES);
        const float *w = weights;
T_START($1)T_LOOPED($1, M_EVAL($2 / F_UNROLL_K), M_EVAL($2 % F_UNROLL_K))T_FINISH($1, $2)m4_dnl
        out += M_EVAL(M_FACT([TILE], $1, [VECTORS]) * V_LANES);
M_IF(F_ADD, [m4_dnl
        add += M_EVAL(M_FACT([TILE], $1, [VECTORS]) * V_LANES);
])m4_dnl
    }
}
])
m4_define([T_LOOPED], [M_IF($2 > 1, [m4_dnl
        for (size_t k = 0; k < $2; ++k) {
T_STEPS($1, F_UNROLL_K, [            ])            in += M_EVAL(F_UNROLL_K * F_K_STEP);
            w += M_EVAL(F_UNROLL_K * M_FACT([TILE], $1, [ROWS]));
        }
T_STEPS($1, $3, [        ])], [T_STEPS($1, M_EVAL($2 * F_UNROLL_K + $3), [        ])])])

m4_dnl ---- gathering -----------------------------------------------------------------------------------------------

m4_define([T_GATHER], [
/*
 * Copies what `pixels` output pixels, from number `first` on, read of `depth` input channels: to each channel a row of
 * M_EVAL(F_K_STEP) floats, of which those up to `filled` are set.
 */
static void gather(const float *in, size_t depth, size_t first, size_t pixels, size_t filled, float *to)
{
    for (size_t k = 0; k < depth; ++k, in += T_IN_PLANE, to += F_K_STEP) {
        size_t done = 0;
        for (size_t y = first / F_OUT_W, x = first % F_OUT_W; done < pixels; ++y, x = 0) {
            const float *const row = in + y * M_EVAL(F_STRIDE_H * F_IN_W) + x[]M_IF(F_STRIDE_W > 1, [ * F_STRIDE_W]);
            const size_t left = F_OUT_W - x, count = left < pixels - done ? left : pixels - done;
            for (size_t i = 0; i < count; ++i)
                to<:done + i:> = row<:i[]M_IF(F_STRIDE_W > 1, [ * F_STRIDE_W]):>;
            done += count;
        }
        for (; done < filled; ++done)
            to<:done:> = 0.0f;
    }
}
])

m4_dnl ---- one work unit -------------------------------------------------------------------------------------------

m4_dnl T_FIND_TILE(rows, vectors, lanes): the number of the tile with that code.
m4_define([T_FIND_TILE], [M_FOR([I_T], 0, F_TILES, [M_IF(M_FACT([TILE], I_T, [ROWS]) == $1 && M_FACT([TILE], I_T, [VECTORS]) == $2 && M_FACT([TILE], I_T, [LANES]) == $3, I_T)])])

m4_dnl T_UNIT(pixel block, channel block)
m4_define([T_UNIT], [
/* M_FACT([PIXEL], $1, [SIZE]) pixels x M_FACT([CHANNEL], $2, [SIZE]) output channels. */
M_ALONE void F_PREFIX[]unit_pixel$1_channel$2(const float *in, const float *packed, float *out[]M_IF(F_ADD, [, const float *add])[]M_IF(F_GATHER, [, size_t first, int fresh, float *gathered]))
{
M_FOR([I_D], 0, F_DEPTHS, [M_IF(M_FACT([DEPTH], I_D, [COUNT]) > 1, [m4_dnl
    for (size_t d = 0; d < M_FACT([DEPTH], I_D, [COUNT]); ++d) {
], [m4_dnl
    {
])T_INPUTS($1)m4_pushdef([T_CHANNEL], 0)M_FOR([I_J], 0, M_FACT([CHANNEL], $2, [BANDS]), [T_PANEL($1, M_FACT([CHANNEL], $2, [BAND], I_J, [COUNT]), M_FACT([CHANNEL], $2, [BAND], I_J, [SIZE]))])m4_popdef([T_CHANNEL])m4_dnl
    }
])}
])
m4_dnl T_DEPTH_AT(factor): ` + ...`: the input channels before this block, times the factor.
m4_define([T_DEPTH_AT], [M_TERM(M_FACT([DEPTH], I_D, [AT]) * $1)T_TIMES([d], M_FACT([DEPTH], I_D, [SIZE]) * $1, M_FACT([DEPTH], I_D, [COUNT]))])
m4_dnl T_INPUTS(pixel block): x, where this block of input channels is. What was gathered of the only block serves several units.
m4_define([T_INPUTS], [M_IF(F_GATHER, [m4_dnl
M_IF(T_SPLIT, [m4_dnl
        (void)fresh;
        T_GATHER_CALL($1)
], [m4_dnl
        if (fresh)
            T_GATHER_CALL($1)
])m4_dnl
        const float *const x = gathered;
], [m4_dnl
        const float *const x = in[]T_DEPTH_AT(T_IN_PLANE);
])])
m4_define([T_GATHER_CALL], [gather(in[]T_DEPTH_AT(T_IN_PLANE), M_FACT([DEPTH], I_D, [SIZE]), first, M_FACT([PIXEL], $1, [SIZE]), M_EVAL(M_FACT([PIXEL], $1, [VECTORS]) * V_LANES), gathered);])

m4_dnl T_PANEL(pixel block, count, rows): T_CHANNEL counts the output channels before this band.
m4_define([T_PANEL], [M_IF($2 > 1, [m4_dnl
        for (size_t j = 0; j < $2; ++j) {
], [m4_dnl
        {
])m4_dnl
            const float *const panel = packed[]M_TERM(T_CHANNEL * F_CHANNEL_FLOATS)T_TIMES([j], $3 * F_CHANNEL_FLOATS, $2);
            const float *const w = panel + $3[]T_DEPTH_AT($3);
            float *const y = out[]M_TERM(T_CHANNEL * F_OUT_STEP)T_TIMES([j], $3 * F_OUT_STEP, $2);
M_IF(F_ADD, [m4_dnl
            const float *const z = add[]M_TERM(T_CHANNEL * F_OUT_STEP)T_TIMES([j], $3 * F_OUT_STEP, $2);
])m4_dnl
m4_pushdef([T_PIXEL], 0)M_FOR([I_B], 0, M_FACT([PIXEL], $1, [BANDS]), [T_PIXELS(M_FACT([PIXEL], $1, [BAND], I_B, [COUNT]), M_FACT([PIXEL], $1, [BAND], I_B, [VECTORS]), M_FACT([PIXEL], $1, [BAND], I_B, [LANES]), $3)])m4_popdef([T_PIXEL])m4_dnl
        }
m4_define([T_CHANNEL], M_EVAL(T_CHANNEL + $2 * $3))])
m4_dnl T_PIXELS(count, vectors, lanes, rows): T_PIXEL counts the pixels before this band.
m4_define([T_PIXELS], [m4_dnl
            F_PREFIX[]tile[]T_FIND_TILE($4, $2, $3)_depth[]M_FACT([DEPTH], I_D, [SIZE])(x[]M_TERM(T_PIXEL), w, panel, y[]M_TERM(T_PIXEL)[]M_IF(F_ADD, [, z[]M_TERM(T_PIXEL)])[]M_IF(T_SPLIT, [, M_FACT([DEPTH], I_D, [FIRST])])[]M_IF(T_ENDS, [, M_FACT([DEPTH], I_D, [LAST])]), $1);
m4_define([T_PIXEL], M_EVAL(T_PIXEL + $1 * $2 * V_LANES))])

m4_dnl ---- packing -------------------------------------------------------------------------------------------------

m4_define([T_PACK], [
/* One panel: biases (none when NULL), weights and slopes of `rows` output channels from `channel` on. */
static float *F_PREFIX[]pack_panel(const float *weight, const float *bias, const float *slope, size_t channel, size_t rows,
                         float *to)
{
    for (size_t row = 0; row < rows; ++row)
        *to++ = bias != NULL ? bias<:channel + row:> : 0.0f;
    for (size_t k = 0; k < F_IN_C; ++k)
        for (size_t row = 0; row < rows; ++row)
            *to++ = weight<:(channel + row) * F_IN_C + k:>;
m4_ifelse(F_ACT, [prelu], [m4_dnl
    for (size_t row = 0; row < rows; ++row)
        *to++ = slope<:channel + row:>;
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
M_FOR([I_P], 0, F_CHANNELS, [m4_dnl
    for (size_t block = 0; block < M_FACT([CHANNEL], I_P, [COUNT]); ++block) {
M_FOR([I_J], 0, M_FACT([CHANNEL], I_P, [BANDS]), [T_PACK_BAND(M_FACT([CHANNEL], I_P, [BAND], I_J, [COUNT]), M_FACT([CHANNEL], I_P, [BAND], I_J, [SIZE]))])m4_dnl
    }
])m4_dnl
    for (; to < end; ++to)
        *to = 0.0f;
}
])
m4_define([T_PACK_BAND], [m4_dnl
        for (size_t j = 0; j < $1; ++j, channel += $2)
            to = F_PREFIX[]pack_panel(weight, bias, slope, channel, $2, to);
])

m4_dnl ---- running -------------------------------------------------------------------------------------------------

m4_define([T_UNIT_CALL], [unit_pixel$1_channel$2(x, w, y[]M_IF(F_GATHER, [, first, fresh, workspace]));])
m4_dnl T_CHANNEL_CALLS(pixel block, indent): the unit's channels lie in blocks of one of at most two sizes, and so do pixels.
m4_define([T_CHANNEL_CALLS], [M_IF(F_CHANNELS == 1, [m4_dnl
$2T_UNIT_CALL($1, 0)
], [m4_dnl
$2[]if (channel < F_CHANNEL_0_COUNT)
$2    T_UNIT_CALL($1, 0)
$2[]else
$2    T_UNIT_CALL($1, 1)
])])

m4_define([T_RUN], [
/*
 * in:  F_BATCH images of F_IN_C planes of F_IN_H x F_IN_W, out: F_BATCH of F_OUT_C of F_OUT_H x F_OUT_W, packed: by pack().
 * Unit: a block of pixels of an image x a block of output channels; there are F_UNIT_COUNT.
 */
static void run(const float *in, float *out, const void *packed, void *workspace, size_t unit_begin, size_t unit_end)
{
M_IF(F_GATHER, [], [m4_dnl
    (void)workspace;
])m4_dnl
    for (size_t unit = unit_begin; unit < unit_end; ++unit) {
        const size_t channel = unit % F_CHANNEL_TOTAL;
        const size_t pixel = unit / F_CHANNEL_TOTAL % F_PIXEL_TOTAL;
        const size_t image = unit / M_EVAL(F_CHANNEL_TOTAL * F_PIXEL_TOTAL);
        const size_t first = pixel * F_PIXEL_0_SIZE;
        const float *const x = in + image * F_IN_IMAGE[]M_IF(F_GATHER, [], [ + first]);
        const float *const w = (const float *)packed + channel * M_EVAL(F_CHANNEL_0_SIZE * F_CHANNEL_FLOATS);
        float *const y = out + image * F_OUT_IMAGE + channel * M_EVAL(F_CHANNEL_0_SIZE * F_OUT_STEP) + first;
M_IF(F_GATHER, [m4_dnl
        const int fresh = unit == unit_begin || channel == 0;
])M_IF(F_PIXELS == 1, [T_CHANNEL_CALLS(0, [        ])], [m4_dnl
        if (pixel < F_PIXEL_0_COUNT) {
T_CHANNEL_CALLS(0, [            ])m4_dnl
        } else {
T_CHANNEL_CALLS(1, [            ])m4_dnl
        }
])m4_dnl
    }
}
])
m4_divert(0)m4_dnl
M_IF(F_PART, [], [M_KERNEL_FACTS[]M_HEADER([pointwise_nchw.m4], [ * Each output channel of a pixel is the sum over its input channels, in order:
 *     acc = bias;  for ci = 0 .. F_IN_C-1:  acc = fma(x, w, acc);  out = F_ACT(acc)])])m4_dnl
A_DEFINE[]m4_dnl
M_FOR([I_T], 0, F_TILES, [M_FOR([I_S], 0, F_DEPTH_SIZES, [T_TILE(I_T, M_FACT([DEPTH_SIZE], I_S))])])m4_dnl
M_IF(F_GATHER, [T_GATHER[]])m4_dnl
M_FOR([I_P], 0, F_PIXELS, [M_FOR([I_Q], 0, F_CHANNELS, [T_UNIT(I_P, I_Q)])])m4_dnl
T_PACK[]M_IF(F_PART, [], [M_PACK[]T_RUN[]
M_DESCRIPTOR[]])m4_dnl
