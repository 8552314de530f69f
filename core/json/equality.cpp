#include "json/equality.h"

#include "json/memberorder.h"

#include <string>
#include <utility>
#include <vector>

namespace Orgtrace::Json {

namespace {

constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// A number's parts as views; nothing is allocated.
struct Decimal {
    bool negative = false;
    std::string_view integer; ///< digits before the point
    std::string_view fraction; ///< digits after it
    bool exponentNegative = false;
    std::string_view exponent; ///< digits, leading zeros stripped

    [[nodiscard]] size_t digits() const { return integer.size() + fraction.size(); }
    [[nodiscard]] char digit(size_t i) const { return i < integer.size() ? integer[i] : fraction[i - integer.size()]; }
};

size_t digitRun(std::string_view text, size_t at)
{
    const size_t start = at;
    while (at < text.size() && isDigit(text[at]))
        ++at;
    return at - start;
}

/// RFC 8259 number grammar, the whole text.
bool readDecimal(std::string_view text, Decimal &out)
{
    size_t at = 0;
    if (at < text.size() && text[at] == '-') {
        out.negative = true;
        ++at;
    }
    const size_t whole = digitRun(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0'))
        return false;
    out.integer = text.substr(at, whole);
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const size_t part = digitRun(text, ++at);
        if (part == 0)
            return false;
        out.fraction = text.substr(at, part);
        at += part;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-'))
            out.exponentNegative = text[at++] == '-';
        const size_t part = digitRun(text, at);
        if (part == 0)
            return false;
        out.exponent = text.substr(at, part);
        at += part;
        const size_t significant = out.exponent.find_first_not_of('0');
        out.exponent = significant == std::string_view::npos ? std::string_view() : out.exponent.substr(significant);
    }
    return at == text.size();
}

/// exponent + shift as sign and digits, exact for exponents of any length; the work is linear in what was received.
struct Whole {
    bool negative = false;
    std::string digits;
    friend bool operator==(const Whole &, const Whole &) = default;
};

Whole shifted(const Decimal &number, qint64 shift)
{
    if (number.exponent.size() <= 17) {
        qint64 exponent = 0;
        for (const char c : number.exponent)
            exponent = exponent * 10 + (c - '0');
        const qint64 sum = (number.exponentNegative ? -exponent : exponent) + shift;
        return {sum < 0, std::to_string(sum < 0 ? -sum : sum)};
    }
    // Longer than any shift can be, so the sign stays; add or subtract from the last digit on.
    Whole out{number.exponentNegative, std::string(number.exponent)};
    const bool adding = (shift < 0) == out.negative;
    quint64 rest = static_cast<quint64>(shift < 0 ? -shift : shift);
    for (size_t i = out.digits.size(); i-- > 0 && rest > 0;) {
        int digit = out.digits[i] - '0';
        const int part = static_cast<int>(rest % 10);
        rest /= 10;
        digit += adding ? part : -part;
        if (digit > 9) {
            digit -= 10;
            ++rest;
        } else if (digit < 0) {
            digit += 10;
            ++rest;
        }
        out.digits[i] = static_cast<char>('0' + digit);
    }
    if (rest > 0)
        out.digits.insert(0, std::to_string(rest));
    const size_t significant = std::min(out.digits.find_first_not_of('0'), out.digits.size() - 1);
    out.digits.erase(0, significant);
    return out;
}

} // namespace

bool sameDecimal(std::string_view left, std::string_view right)
{
    Decimal a;
    Decimal b;
    if (!readDecimal(left, a) || !readDecimal(right, b))
        return false;
    const auto significant = [](const Decimal &number) {
        size_t first = 0;
        size_t last = number.digits();
        while (first < last && number.digit(first) == '0')
            ++first;
        while (last > first && number.digit(last - 1) == '0')
            --last;
        return std::pair(first, last);
    };
    const auto [firstA, lastA] = significant(a);
    const auto [firstB, lastB] = significant(b);
    const size_t count = lastA - firstA;
    if (count != lastB - firstB)
        return false;
    if (count == 0)
        return true; // zero, whatever its sign or exponent
    if (a.negative != b.negative)
        return false;
    for (size_t i = 0; i < count; ++i) {
        if (a.digit(firstA + i) != b.digit(firstB + i))
            return false;
    }
    // Both are 0.d1d2… times ten to this power.
    const auto power
        = [](const Decimal &number, size_t first) { return static_cast<qint64>(number.integer.size()) - static_cast<qint64>(first); };
    return shifted(a, power(a, firstA)) == shifted(b, power(b, firstB));
}

Relation compareScalars(Value left, Value right, bool isText)
{
    const Kind a = left.kind();
    const Kind b = right.kind();
    if (a == b) {
        if (a == Kind::Number && left.numberText() != right.numberText())
            return !isText && sameDecimal(left.numberText(), right.numberText()) ? Relation::TypeOnly : Relation::Different;
        return identical(left, right) ? Relation::Same : Relation::Different;
    }
    if (isText)
        return Relation::Different;
    if (a == Kind::String && b == Kind::Number)
        return sameDecimal(left.string(), right.numberText()) ? Relation::TypeOnly : Relation::Different;
    if (a == Kind::Number && b == Kind::String)
        return sameDecimal(left.numberText(), right.string()) ? Relation::TypeOnly : Relation::Different;
    return Relation::Different;
}

namespace {

bool isContainer(const yyjson_val *value)
{
    return typeOf(value) == YYJSON_TYPE_ARR || typeOf(value) == YYJSON_TYPE_OBJ;
}

/// The first of left's values that is another on the right, both read in document order; left's end where there is none. As long as the tags are the same, so is
/// the shape, and neither is read beyond its end. Most that are equal are so in this order, too, and nothing need be sorted.
const yyjson_val *firstDifferent(const yyjson_val *left, const yyjson_val *right)
{
    for (const yyjson_val *end = nextOf(left); left != end; ++left, ++right) {
        const auto type = typeOf(left);
        // A string's subtype says whether it was written with escapes, which is all the same.
        if (const uint64_t other = left->tag ^ right->tag;
            other != 0 && (type != YYJSON_TYPE_STR || (other & ~uint64_t{YYJSON_SUBTYPE_MASK}) != 0))
            return left;
        if ((type == YYJSON_TYPE_STR || type == YYJSON_TYPE_RAW) && !sameText(left->uni.str, right->uni.str, countOf(left)))
            return left;
    }
    return left;
}

bool sameSequence(const yyjson_val *left, const yyjson_val *right)
{
    return nextOf(left) - left == nextOf(right) - right && firstDifferent(left, right) == nextOf(left);
}

/// Whether a place inside `root` is a member's name. The steps are those of the values before it at most.
bool isName(const yyjson_val *root, const yyjson_val *place)
{
    while (root != place && isContainer(root)) {
        const bool object = typeOf(root) == YYJSON_TYPE_OBJ;
        const yyjson_val *child = firstOf(root);
        for (;;) {
            if (object && child++ == place)
                return true;
            const yyjson_val *next = nextOf(child);
            if (next > place)
                break;
            child = next;
        }
        root = child;
    }
    return false;
}

} // namespace

InStep readInStep(Value left, Value right, FirstDifference &found, const FirstDifference *known)
{
    const yyjson_val *a = left.raw(), *b = right.raw();
    if (!a || !b)
        return !a && !b ? InStep::Same : InStep::Different;
    if (known && known->m_left >= a && known->m_left < nextOf(a) && known->m_right >= b && known->m_left - a == known->m_right - b) {
        found = *known;
    } else {
        const yyjson_val *place = firstDifferent(a, b);
        if (place == nextOf(a))
            return InStep::Same;
        found.m_left = place;
        found.m_right = b + (place - a);
        found.m_inNames = typeOf(place) == YYJSON_TYPE_STR && typeOf(found.m_right) == YYJSON_TYPE_STR && isName(a, place);
    }
    // All names before it are the same: members of the same name, or elements in the same place, hold something else.
    return found.m_inNames ? InStep::OtherNames : InStep::Different;
}

bool anyStringContains(Value value, std::string_view text, size_t length)
{
    if (value.isMissing())
        return false;
    const yyjson_val *end = nextOf(value.raw());
    for (const yyjson_val *at = value.raw(); at != end; ++at) {
        if (typeOf(at) == YYJSON_TYPE_STR && countOf(at) >= length && ::memmem(at->uni.str, countOf(at), text.data(), text.size()))
            return true;
    }
    return false;
}

bool identical(Value left, Value right)
{
    std::vector<std::pair<const yyjson_val *, const yyjson_val *>> work;
    std::vector<OrderedMember> membersA;
    std::vector<OrderedMember> membersB;
    const auto gather = [](const yyjson_val *object, std::vector<OrderedMember> &into) {
        into.clear();
        const yyjson_val *key = firstOf(object);
        for (size_t remaining = countOf(object); remaining > 0; --remaining) {
            into.push_back(orderedMember(key));
            key = nextOf(key + 1);
        }
        sortMembers(into.data(), into.data() + into.size());
    };
    if (left.isMissing() || right.isMissing())
        return left.isMissing() && right.isMissing();
    if (sameSequence(left.raw(), right.raw()))
        return true;
    if (!isContainer(left.raw()))
        return false;
    work.emplace_back(left.raw(), right.raw());
    while (!work.empty()) {
        const auto [a, b] = work.back();
        work.pop_back();
        if (typeOf(a) != typeOf(b))
            return false;
        switch (typeOf(a)) {
        case YYJSON_TYPE_BOOL:
            if ((a->tag & YYJSON_SUBTYPE_MASK) != (b->tag & YYJSON_SUBTYPE_MASK))
                return false;
            break;
        case YYJSON_TYPE_RAW:
        case YYJSON_TYPE_STR:
            if (rawText(a) != rawText(b))
                return false;
            break;
        case YYJSON_TYPE_ARR: {
            if (countOf(a) != countOf(b))
                return false;
            const yyjson_val *itemA = firstOf(a);
            const yyjson_val *itemB = firstOf(b);
            for (size_t remaining = countOf(a); remaining > 0; --remaining) {
                work.emplace_back(itemA, itemB);
                itemA = nextOf(itemA);
                itemB = nextOf(itemB);
            }
            break;
        }
        case YYJSON_TYPE_OBJ:
            if (countOf(a) != countOf(b))
                return false;
            gather(a, membersA);
            gather(b, membersB);
            for (size_t i = 0; i < membersA.size(); ++i) {
                if (membersA[i].name() != membersB[i].name())
                    return false;
                work.emplace_back(membersA[i].key + 1, membersB[i].key + 1);
            }
            break;
        default: break;
        }
    }
    return true;
}

} // namespace Orgtrace::Json
