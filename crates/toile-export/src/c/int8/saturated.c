/* The byte of a sum of two numbers, from low to 127. */
static int8_t saturated(int32_t value, int32_t zero, int32_t low)
{
    const int64_t sum = (int64_t)value + zero;
    return (int8_t)(sum < low ? low : sum > 127 ? 127 : sum);
}
