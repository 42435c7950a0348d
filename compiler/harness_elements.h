/* Elements of buffers: made up, compared, printed. Included by harness.c alone. */

static uint64_t random_state;

static uint64_t next_random(void) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717ull;
}

static double unit(void) { return (double)(next_random() >> 11) / 9007199254740992.0; }

static double float_of(int pattern, long index, int wide) {
    static const double special[] = {0.0, -0.0, 1.0, -1.0, INFINITY, -INFINITY, NAN, 1e-40, -1e-40, 3.4e38, 1e8,
                                     -1e8, 0.1, 1.17549435e-38, 16777217.0, 2147483648.0};
    switch (pattern) {
    case 0: return 0.5 + unit();
    case 2: return (double)(int)(next_random() % 17) - 8;
    case 3: return 0;
    case 4: return 0.1 * (double)index;
    case 5:
    case 10: return (unit() - 0.5) * exp2((double)(int)(next_random() % 41) - 20);
    case 6: return (unit() - 0.5) * exp2((double)(int)(next_random() % (wide ? 2000 : 250)) - (wide ? 1000 : 125));
    case 7: return special[next_random() % 16];
    case 8: return next_random() % 8 ? 4 * unit() - 2 : special[next_random() % 16];
    case 9: return index % 2 ? 1e8 : -1;
    default: return 4 * unit() - 2;
    }
}

static int64_t int_of(int pattern, long index) {
    static const int64_t special[] = {0, 1, -1, 127, -128, 255, 32767, -32768, 65535, INT32_MAX, INT32_MIN,
                                      UINT32_MAX, INT64_MAX, INT64_MIN, 2, 64};
    switch (pattern) {
    case 0:
    case 2: return (int64_t)(next_random() % 10);
    case 3: return 0;
    case 4: return index;
    case 5:
    case 10: return (int64_t)(next_random() % 65536) - 32768;
    case 6: return (int64_t)next_random();
    case 7: return special[next_random() % 16];
    case 8: return next_random() % 8 ? (int64_t)(next_random() % 100) : special[next_random() % 16];
    case 9: return -1;
    default: return (int64_t)(next_random() % 201) - 100;
    }
}

static size_t width(char code) {
    switch (code) {
    case 'h': case 'H': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'q': case 'Q': case 'd': return 8;
    default: return 1;
    }
}

static void put_int(unsigned char *place, char code, int64_t value) {
    switch (width(code)) {
    case 1: { uint8_t v = code == '?' ? value & 1 : (uint8_t)value; memcpy(place, &v, 1); break; }
    case 2: { uint16_t v = (uint16_t)value; memcpy(place, &v, 2); break; }
    case 4: { uint32_t v = (uint32_t)value; memcpy(place, &v, 4); break; }
    default: memcpy(place, &value, 8);
    }
}

static void put(unsigned char *place, char code, int pattern, long index, const struct limits *limits) {
    if (code == 'f') {
        float v = (float)float_of(pattern, index, 0);
        memcpy(place, &v, 4);
    } else if (code == 'd') {
        double v = float_of(pattern, index, 1);
        memcpy(place, &v, 8);
    } else if (limits->set) {
        uint64_t span = (uint64_t)limits->high - (uint64_t)limits->low + 1;
        put_int(place, code, limits->low + (int64_t)(span ? next_random() % span : next_random()));
    } else {
        put_int(place, code, int_of(pattern, index));
    }
}

static int same_element(char code, const unsigned char *a, const unsigned char *b) {
    if (code == 'x' || !table->exact) return 1;
    if (memcmp(a, b, width(code)) == 0) return 1;
    if (code == 'f') {
        float x, y;
        memcpy(&x, a, 4), memcpy(&y, b, 4);
        return x != x && y != y;
    }
    if (code == 'd') {
        double x, y;
        memcpy(&x, a, 8), memcpy(&y, b, 8);
        return x != x && y != y;
    }
    return 0;
}

static void print_element(char code, const unsigned char *at) {
    int64_t value = 0;
    if (code == 'f') {
        float v;
        memcpy(&v, at, 4);
        printf("\"%.9g\"", v);
    } else if (code == 'd') {
        double v;
        memcpy(&v, at, 8);
        printf("\"%.17g\"", v);
    } else {
        switch (code) {
        case 'b': { int8_t v; memcpy(&v, at, 1); value = v; break; }
        case 'h': { int16_t v; memcpy(&v, at, 2); value = v; break; }
        case 'H': { uint16_t v; memcpy(&v, at, 2); value = v; break; }
        case 'i': { int32_t v; memcpy(&v, at, 4); value = v; break; }
        case 'I': { uint32_t v; memcpy(&v, at, 4); value = v; break; }
        case 'q': case 'Q': memcpy(&value, at, 8); break;
        default: value = *at;
        }
        printf(code == 'Q' ? "\"%" PRIu64 "\"" : "\"%" PRId64 "\"", value);
    }
}
