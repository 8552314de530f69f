#include "catalogue/shapes.h"

#include "json/canonical.h"
#include "json/memberorder.h"

#include <memory>

namespace Orgtrace::Catalogue {

using Json::countOf;
using Json::firstOf;
using Json::nextOf;
using Json::rawText;
using Redaction::SecretField;

namespace {

constexpr size_t mostKept = 64;
constexpr size_t mostMembersKept = 4096; // of all of them together
constexpr size_t largestKept = 512;

Shape *makeShape(const yyjson_val *object, Patterns *patterns, Patterns::State state, const Redaction::Redactor &redactor)
{
    auto shape = std::make_unique<Shape>();
    const size_t count = countOf(object);
    std::vector<size_t> offsets; // into texts while it grows
    std::vector<Place> places(count);
    const std::string padding(Shape::padding, '\0');
    const yyjson_val *key = firstOf(object);
    for (size_t i = 0; i < count; ++i, key = nextOf(key + 1)) {
        ShapeMember member;
        const std::string_view name = rawText(key);
        shape->names.push_back({name.size(), nullptr});
        offsets.push_back(shape->texts.size());
        shape->texts += name;
        shape->texts += padding;
        offsets.push_back(shape->texts.size());
        if (patterns) {
            member.state = patterns->member(state, name);
            places[i] = patterns->at(member.state);
            const SecretField field = redactor.secretField(name);
            member.belowSecret = places[i].secret || field == SecretField::AllBelow;
            member.textSecret = member.belowSecret || field == SecretField::OwnString;
            member.isType = name == "type";
            const auto redacted = redactor.redact(name);
            Json::appendString(shape->texts, redacted ? std::string_view(redacted->text) : name);
            shape->texts += ": ";
            member.redactions = redacted ? static_cast<uint8_t>(std::min(redacted->secrets, 255)) : 0;
            member.renderedSize = static_cast<uint32_t>(shape->texts.size() - offsets.back());
            shape->texts += padding;
        }
        if (name == "id")
            shape->id = static_cast<int>(i);
        shape->members.push_back(member);
    }
    for (size_t i = 0; i < count; ++i) {
        shape->names[i].text = shape->texts.data() + offsets[i * 2];
        shape->members[i].rendered = shape->texts.data() + offsets[i * 2 + 1];
    }
    std::vector<uint32_t> order(count);
    for (uint32_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::ranges::stable_sort(order, {}, [&shape](uint32_t i) { return shape->name(i); });
    for (size_t i = 1; i < order.size(); ++i)
        shape->duplicate |= shape->name(order[i - 1]) == shape->name(order[i]);
    for (const uint32_t i : order) {
        if (places[i].signal)
            shape->signals_.push_back(i);
        else if (places[i].dropped)
            shape->dropped.push_back(i);
        else
            shape->written.push_back(i);
    }
    return shape.release();
}

bool fits(const Shape &shape, const yyjson_val *object, const yyjson_val **into)
{
    if (shape.names.size() != countOf(object))
        return false;
    const yyjson_val *key = firstOf(object);
    for (const ShapeName &known : shape.names) {
        const std::string_view name = rawText(key);
        if (name.size() != known.size || !Json::sameText(name.data(), known.text, name.size()))
            return false;
        *into++ = key + 1;
        key = nextOf(key + 1);
    }
    return true;
}

} // namespace

ShapeCache::~ShapeCache()
{
    qDeleteAll(m_shapes);
}

Shape &ShapeCache::of(const yyjson_val *object, std::vector<const yyjson_val *> &values, Patterns *patterns, Patterns::State state,
                      const Redaction::Redactor &redactor)
{
    const size_t base = values.size();
    values.resize(base + countOf(object));
    const size_t known = m_shapes.size();
    for (size_t i = 0, at = m_last; i < known; ++i, at = at + 1 == known ? 0 : at + 1) {
        if (fits(*m_shapes[at], object, values.data() + base)) {
            m_last = at;
            return *m_shapes[at];
        }
    }
    Shape *made = makeShape(object, patterns, state, redactor);
    const yyjson_val *key = firstOf(object);
    for (size_t i = base; i < values.size(); ++i, key = nextOf(key + 1))
        values[i] = key + 1;
    if (made->members.size() > largestKept) {
        made->isKept = false;
        return *made;
    }
    while (!m_shapes.empty() && (m_shapes.size() == mostKept || m_members + made->members.size() > mostMembersKept)) {
        Shape *const oldest = m_shapes.front();
        m_shapes.erase(m_shapes.begin());
        m_members -= oldest->members.size();
        oldest->isKept = false; // an object around this one may still be written by it
        if (oldest->users == 0)
            delete oldest;
    }
    m_last = m_shapes.size();
    m_members += made->members.size();
    m_shapes.push_back(made);
    return *made;
}

} // namespace Orgtrace::Catalogue
