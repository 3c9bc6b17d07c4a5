/* The whole number nearest to a quotient, halves away from 0. */
static int32_t rounded(int64_t dividend, int64_t divisor)
{
    const int64_t half = divisor / 2;
    const int64_t quotient = (dividend < 0 ? dividend - half : dividend + half) / divisor;
    return (int32_t)(quotient < INT32_MIN ? INT32_MIN : quotient > INT32_MAX ? INT32_MAX : quotient);
}
