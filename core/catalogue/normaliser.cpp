#include "catalogue/normaliser.h"

#include "base/digest.h"
#include "catalogue/patterns.h"
#include "catalogue/textbuffer.h"
#include "json/canonical.h"
#include "json/memberorder.h"
#include "json/text.h"

#include <deque>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace Orgtrace::Catalogue {

using Json::countOf;
using Json::firstOf;
using Json::nextOf;
using Json::rawText;
using Json::typeOf;
using Redaction::SecretField;

namespace {

constexpr size_t blockSize = 16; // names are compared and copied in blocks; documents are padded
constexpr size_t shapesAState = 8;
constexpr size_t largestShapeKept = 512;

bool isContainer(const yyjson_val *value)
{
    const auto type = typeOf(value);
    return type == YYJSON_TYPE_ARR || type == YYJSON_TYPE_OBJ;
}

/// @pre 16 readable bytes behind both
bool sameName(const char *left, const char *right, size_t size)
{
#if defined(__SSE2__)
    if (size <= blockSize) {
        const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(left)),
                                             _mm_loadu_si128(reinterpret_cast<const __m128i *>(right)));
        const unsigned wanted = (1U << size) - 1U;
        return (static_cast<unsigned>(_mm_movemask_epi8(equal)) & wanted) == wanted;
    }
#endif
    return std::memcmp(left, right, size) == 0;
}

/// One member name at one place: what happens to it, decided once.
struct ShapeMember {
    std::string name;     ///< padded by a block behind its size
    size_t nameSize = 0;
    std::string rendered; ///< `"name": `, padded likewise; a secret in the name replaced
    size_t renderedSize = 0;
    Patterns::State state = 0;
    Place place;
    SecretField field = SecretField::No;
    int redactions = 0;
};

/// The member names of an object in the order received. Objects of one place have few different ones, so all that depends on names
/// only (order, rules, duplicates, escaped form) is worked out once and then only verified.
struct Shape {
    std::vector<ShapeMember> members;
    std::vector<uint32_t> kept;    ///< members written, in canonical order
    std::vector<uint32_t> signals_;
    std::vector<uint32_t> dropped;
    int id = -1;                   ///< the member "id"
    bool duplicate = false;
    bool isKept = true;             ///< among those of its place; else it goes when its last object is done
    int users = 0;                 ///< objects being written by it
};

/// Holds a shape while an object is written by it.
class ShapeUse
{
public:
    explicit ShapeUse(Shape &shape) : m_shape(shape) { ++shape.users; }
    ~ShapeUse()
    {
        if (--m_shape.users == 0 && !m_shape.isKept)
            delete &m_shape;
    }
    Q_DISABLE_COPY_MOVE(ShapeUse)

private:
    Shape &m_shape;
};

struct StateShapes {
    std::vector<Shape *> shapes;
    size_t last = 0;
    size_t oldest = 0;
};

struct Signal {
    std::string path;
    const yyjson_val *value;
    const ShapeMember *member;
    bool secret;
};

/// An element of an unordered array: its text in the buffer, and what it is sorted by.
struct Element {
    uint64_t prefix;
    std::string_view key;
    size_t begin;
    size_t end;
};

} // namespace

struct Normaliser::Private {
    Private(const DomainRules &rules_, const Redaction::Redactor &redactor_) : rules(rules_), redactor(redactor_), patterns(rules_)
    {
        for (const QString &name : rules.identity.split(u'/', Qt::SkipEmptyParts))
            identityPath.push_back(Json::toUtf8(name));
        for (const QString &name : rules.nameField.split(u'/', Qt::SkipEmptyParts))
            namePath.push_back(Json::toUtf8(name));
    }
    ~Private()
    {
        for (const StateShapes &state : shapesOf)
            qDeleteAll(state.shapes);
        qDeleteAll(skimmed.shapes);
    }
    Q_DISABLE_COPY_MOVE(Private)

    const DomainRules &rules;
    const Redaction::Redactor &redactor;
    Patterns patterns;
    std::vector<std::string> identityPath;
    std::vector<std::string> namePath;

    std::deque<StateShapes> shapesOf;   // by state
    StateShapes skimmed;                // of objects that are only checked

    TextBuffer out;
    TextBuffer reordered;
    std::vector<const yyjson_val *> values; // stack: the values of the objects being written
    std::vector<const ShapeMember *> path;  // stack: the members being written
    std::vector<Element> elements;          // stack: of the unordered arrays being written
    std::deque<std::string> composed;       // keys of several parts, until the entity is done
    std::vector<Signal> signalsFound;
    size_t arraysAround = 0;
    bool redacting = false;                 // the second time: each string is looked at
    bool broken = false;                    // a limit was passed
    bool collecting = true;                 // signals
    int redactions = 0;

    Shape *makeShape(const yyjson_val *object, Patterns::State state, bool skim);
    Shape &shapeOf(const yyjson_val *object, Patterns::State state, StateShapes &cache, bool skim);
    bool fits(const Shape &shape, const yyjson_val *object, const yyjson_val **into) const;

    void skim(const yyjson_val *value, int depth);
    template<bool pretty> void write(const yyjson_val *value, Patterns::State state, bool secret, int depth, size_t level);
    template<bool pretty> void writeObject(const yyjson_val *object, Patterns::State state, bool secret, int depth, size_t level);
    template<bool pretty> void writeArray(const yyjson_val *array, Patterns::State state, bool secret, int depth, size_t level);
    template<bool pretty> void writeMember(const ShapeMember &member, const yyjson_val *value, bool secret, int depth, size_t level);
    void writeString(std::string_view text, bool secret);
    void noteElement(const yyjson_val *item, const Place &place, size_t begin);
    void sortElements(size_t base, size_t level, bool pretty);
    [[nodiscard]] std::string_view identityKey(const yyjson_val *item, const ElementIdentity &identity);

    void reset();
    void writeEntity(const yyjson_val *entity);
    void writeSignals(const QString &id);
    [[nodiscard]] QString redactedText(const QString &text, int &count) const;
    [[nodiscard]] Result<NormalisedEntity> finish(Json::Value entity, const QString &id);
};

Shape *Normaliser::Private::makeShape(const yyjson_val *object, Patterns::State state, bool skimOnly)
{
    auto shape = std::make_unique<Shape>();
    shape->members.reserve(countOf(object));
    const yyjson_val *key = firstOf(object);
    for (size_t left = countOf(object); left > 0; --left, key = nextOf(key + 1)) {
        ShapeMember member;
        const std::string_view name = rawText(key);
        member.nameSize = name.size();
        member.name = std::string(name) + std::string(blockSize, '\0');
        if (!skimOnly) {
            member.state = patterns.member(state, name);
            member.place = patterns.at(member.state);
            member.field = redactor.secretField(name);
            const auto redacted = redactor.redact(name);
            Json::appendString(member.rendered, redacted ? std::string_view(redacted->text) : name);
            member.redactions = redacted ? redacted->secrets : 0;
            member.rendered += ": ";
            member.renderedSize = member.rendered.size();
            member.rendered.append(blockSize, '\0');
        }
        if (name == "id")
            shape->id = static_cast<int>(shape->members.size());
        shape->members.push_back(std::move(member));
    }
    std::vector<uint32_t> order(shape->members.size());
    for (uint32_t i = 0; i < order.size(); ++i)
        order[i] = i;
    const auto nameOf = [&shape](uint32_t i) { return std::string_view(shape->members[i].name).substr(0, shape->members[i].nameSize); };
    std::ranges::stable_sort(order, {}, nameOf);
    for (size_t i = 1; i < order.size(); ++i)
        shape->duplicate |= nameOf(order[i - 1]) == nameOf(order[i]);
    for (const uint32_t i : order) {
        const Place &place = shape->members[i].place;
        if (place.signal)
            shape->signals_.push_back(i);
        else if (place.dropped)
            shape->dropped.push_back(i);
        else
            shape->kept.push_back(i);
    }
    return shape.release();
}

bool Normaliser::Private::fits(const Shape &shape, const yyjson_val *object, const yyjson_val **into) const
{
    if (shape.members.size() != countOf(object))
        return false;
    const yyjson_val *key = firstOf(object);
    for (const ShapeMember &member : shape.members) {
        const std::string_view name = rawText(key);
        if (name.size() != member.nameSize || !sameName(name.data(), member.name.data(), name.size()))
            return false;
        *into++ = key + 1;
        key = nextOf(key + 1);
    }
    return true;
}

/// The object's shape; its values go onto the stack `values`.
Shape &Normaliser::Private::shapeOf(const yyjson_val *object, Patterns::State state, StateShapes &cache, bool skimOnly)
{
    const size_t base = values.size();
    values.resize(base + countOf(object));
    const size_t known = cache.shapes.size();
    for (size_t i = 0, at = cache.last; i < known; ++i, at = at + 1 == known ? 0 : at + 1) {
        if (fits(*cache.shapes[at], object, values.data() + base)) {
            cache.last = at;
            return *cache.shapes[at];
        }
    }
    Shape *made = makeShape(object, state, skimOnly);
    const yyjson_val *key = firstOf(object);
    for (size_t i = base; i < values.size(); ++i, key = nextOf(key + 1))
        values[i] = key + 1;
    if (made->members.size() > largestShapeKept) {
        made->isKept = false;
    } else if (known < shapesAState) {
        cache.last = known;
        cache.shapes.push_back(made);
    } else {
        cache.last = cache.oldest;
        cache.oldest = (cache.oldest + 1) % shapesAState;
        Shape *gone = std::exchange(cache.shapes[cache.last], made);
        gone->isKept = false; // an object around this one may still be written by it
        if (gone->users == 0)
            delete gone;
    }
    return *made;
}

/// Checks what is not written for depth and duplicate names.
void Normaliser::Private::skim(const yyjson_val *value, int depth)
{
    if (!isContainer(value) || broken)
        return;
    if (depth > Json::Limits{}.maxDepth) {
        broken = true;
        return;
    }
    if (typeOf(value) == YYJSON_TYPE_ARR) {
        const yyjson_val *item = firstOf(value);
        for (size_t left = countOf(value); left > 0; --left, item = nextOf(item))
            skim(item, depth + 1);
        return;
    }
    const size_t base = values.size();
    Shape &shape = shapeOf(value, 0, skimmed, true);
    const ShapeUse use(shape);
    broken |= shape.duplicate;
    for (size_t i = base; i < base + countOf(value); ++i)
        skim(values[i], depth + 1);
    values.resize(base);
}

void Normaliser::Private::writeString(std::string_view text, bool secret)
{
    if (secret && !text.empty()) {
        std::string print = redactor.fingerprinter().fingerprint(text);
        const size_t size = print.size();
        print.append(blockSize, '\0');
        out.appendJsonString(std::string_view(print).substr(0, size));
        ++redactions;
        return;
    }
    if (redacting) {
        if (auto redacted = redactor.redact(text)) {
            const size_t size = redacted->text.size();
            redacted->text.append(blockSize, '\0');
            out.appendJsonString(std::string_view(redacted->text).substr(0, size));
            redactions += redacted->secrets;
            return;
        }
    }
    out.appendJsonString(text);
}

template<bool pretty>
void Normaliser::Private::write(const yyjson_val *value, Patterns::State state, bool secret, int depth, size_t level)
{
    switch (typeOf(value)) {
    case YYJSON_TYPE_STR: writeString(rawText(value), secret); return;
    case YYJSON_TYPE_RAW: {
        const std::string_view number = rawText(value);
        out.appendPadded(number.data(), number.size());
        return;
    }
    case YYJSON_TYPE_BOOL:
        out.append((value->tag & YYJSON_SUBTYPE_MASK) == YYJSON_SUBTYPE_TRUE ? std::string_view("true") : std::string_view("false"));
        return;
    case YYJSON_TYPE_OBJ: writeObject<pretty>(value, state, secret, depth, level); return;
    case YYJSON_TYPE_ARR: writeArray<pretty>(value, state, secret, depth, level); return;
    default: out.append(std::string_view("null")); return;
    }
}

template<bool pretty>
void Normaliser::Private::writeMember(const ShapeMember &member, const yyjson_val *value, bool secret, int depth, size_t level)
{
    out.appendPadded(member.rendered.data(), member.renderedSize - (pretty ? 0 : 1));
    redactions += member.redactions;
    switch (typeOf(value)) { // the common kinds first
    case YYJSON_TYPE_STR:
        writeString(rawText(value), secret || member.place.secret || member.field != SecretField::No);
        return;
    case YYJSON_TYPE_OBJ:
    case YYJSON_TYPE_ARR: {
        // Below a secret name every text is secret, but for a property's "type", which only says what kind of value follows.
        const bool below = (secret || member.place.secret || member.field == SecretField::AllBelow);
        path.push_back(&member);
        write<pretty>(value, member.state, below, depth, level);
        path.pop_back();
        return;
    }
    default: write<pretty>(value, member.state, secret, depth, level); return;
    }
}

template<bool pretty>
void Normaliser::Private::writeObject(const yyjson_val *object, Patterns::State state, bool secret, int depth, size_t level)
{
    if (depth > Json::Limits{}.maxDepth || broken) {
        broken = true;
        return;
    }
    const size_t base = values.size();
    while (shapesOf.size() <= static_cast<size_t>(state))
        shapesOf.emplace_back();
    Shape &shape = shapeOf(object, state, shapesOf[static_cast<size_t>(state)], false);
    const ShapeUse use(shape);
    if (shape.duplicate) {
        broken = true;
        return;
    }
    bool first = true;
    out.append('{');
    const auto emit = [&](uint32_t index) {
        const ShapeMember &member = shape.members[index];
        if constexpr (pretty) {
            out.appendBreak(level + 1, !first);
        } else if (!first) {
            out.append(',');
        }
        first = false;
        const bool isType = secret && std::string_view(member.name).substr(0, member.nameSize) == "type";
        writeMember<pretty>(member, values[base + index], secret && !isType, depth + 1, level + 1);
    };
    const auto isScalarId = [&] {
        const auto type = typeOf(values[base + static_cast<size_t>(shape.id)]);
        return type == YYJSON_TYPE_STR || type == YYJSON_TYPE_RAW;
    };
    if (patterns.at(state).reference && shape.id >= 0 && isScalarId()) {
        emit(static_cast<uint32_t>(shape.id));
        for (size_t i = base; i < base + shape.members.size(); ++i)
            skim(values[i], depth + 1);
    } else {
        for (const uint32_t index : shape.kept)
            emit(index);
        for (const uint32_t index : shape.dropped)
            skim(values[base + index], depth + 1);
        for (const uint32_t index : shape.signals_) {
            const ShapeMember &member = shape.members[index];
            skim(values[base + index], depth + 1);
            if (!collecting || arraysAround > 0)
                continue;
            std::string name;
            for (const ShapeMember *around : path)
                name += std::string_view(around->name).substr(0, around->nameSize), name += '/';
            name += std::string_view(member.name).substr(0, member.nameSize);
            signalsFound.push_back({std::move(name), values[base + index], &member, secret});
        }
    }
    values.resize(base);
    if (pretty && !first)
        out.appendBreak(level, false);
    out.append('}');
}

std::string_view Normaliser::Private::identityKey(const yyjson_val *item, const ElementIdentity &identity)
{
    const auto partOf = [item](const std::vector<std::string> &names) -> std::string_view {
        Json::Value at(item);
        for (const std::string &name : names)
            at = at[name];
        return at.isString() ? at.string() : at.numberText();
    };
    if (typeOf(item) != YYJSON_TYPE_OBJ || identity.paths.empty())
        return {};
    if (identity.paths.size() == 1)
        return partOf(identity.paths.front());
    std::string key;
    for (const auto &names : identity.paths) {
        key += partOf(names);
        key += '\0';
    }
    composed.push_back(std::move(key));
    return composed.back();
}

void Normaliser::Private::noteElement(const yyjson_val *item, const Place &place, size_t begin)
{
    const std::string_view key = place.identity >= 0 ? identityKey(item, patterns.identity(place.identity)) : std::string_view();
    elements.push_back({Json::orderPrefix(key), key, begin, out.size()});
}

/// Puts the elements from `base` on into the order of their keys, then of their text; most arrays already are.
void Normaliser::Private::sortElements(size_t base, size_t level, bool pretty)
{
    const auto textOf = [this](const Element &element) { return out.view().substr(element.begin, element.end - element.begin); };
    const auto less = [&textOf](const Element &left, const Element &right) {
        if (left.prefix != right.prefix)
            return left.prefix < right.prefix;
        if (const auto order = left.key <=> right.key; order != 0)
            return order < 0;
        std::string_view a = textOf(left);
        std::string_view b = textOf(right);
        if (a.starts_with('"') && b.starts_with('"')) { // without the closing quotes, so that "a" stands before "a b"
            a = a.substr(1, a.size() - 2);
            b = b.substr(1, b.size() - 2);
        }
        return a < b;
    };
    const auto from = elements.begin() + static_cast<std::ptrdiff_t>(base);
    if (std::is_sorted(from, elements.end(), less))
        return;
    const size_t begin = from->begin;
    const size_t end = elements.back().end;
    std::stable_sort(from, elements.end(), less);
    reordered.clear();
    for (auto element = from; element != elements.end(); ++element) {
        if (element != from) {
            if (pretty)
                reordered.appendBreak(level + 1, true);
            else
                reordered.append(',');
        }
        reordered.append(textOf(*element));
    }
    std::memcpy(out.at(begin), reordered.view().data(), end - begin);
}

template<bool pretty>
void Normaliser::Private::writeArray(const yyjson_val *array, Patterns::State state, bool secret, int depth, size_t level)
{
    if (depth > Json::Limits{}.maxDepth || broken) {
        broken = true;
        return;
    }
    const size_t count = countOf(array);
    if (count == 0) {
        out.append(std::string_view("[]"));
        return;
    }
    const Place place = patterns.at(state);
    const Patterns::State inside = patterns.element(state);
    const Place insidePlace = patterns.at(inside);
    const bool sorting = place.unordered && count > 1;
    const bool belowSecret = secret || insidePlace.secret;
    const size_t base = elements.size();
    ++arraysAround;
    out.append('[');
    const yyjson_val *item = firstOf(array);
    bool first = true;
    for (size_t left = count; left > 0; --left, item = nextOf(item)) {
        if (insidePlace.dropped || insidePlace.signal) {
            skim(item, depth + 1);
            continue;
        }
        if constexpr (pretty) {
            out.appendBreak(level + 1, !first);
        } else if (!first) {
            out.append(',');
        }
        first = false;
        const size_t begin = out.size();
        write<pretty>(item, inside, belowSecret, depth + 1, level + 1);
        if (sorting)
            noteElement(item, place, begin);
    }
    --arraysAround;
    if (elements.size() > base + 1 && !broken)
        sortElements(base, level, pretty);
    elements.resize(base);
    if (pretty && !first)
        out.appendBreak(level, false);
    out.append(']');
}

void Normaliser::Private::reset()
{
    out.clear();
    values.clear();
    path.clear();
    elements.clear();
    signalsFound.clear();
    arraysAround = 0;
    redactions = 0;
    broken = false;
}

void Normaliser::Private::writeEntity(const yyjson_val *entity)
{
    reset();
    write<true>(entity, patterns.root(), patterns.at(patterns.root()).secret, 1, 0);
    out.append('\n');
}

/// {"id":…,"<path>":…} in order of names, into `out`.
void Normaliser::Private::writeSignals(const QString &id)
{
    std::ranges::stable_sort(signalsFound, {}, &Signal::path);
    out.clear();
    bool idWritten = false;
    out.append('{');
    const auto comma = [this] {
        if (out.size() > 1)
            out.append(',');
    };
    const auto text = [this](std::string string) {
        const size_t size = string.size();
        string.append(blockSize, '\0');
        out.appendJsonString(std::string_view(string).substr(0, size));
    };
    const auto writeId = [&] {
        comma();
        out.append(std::string_view("\"id\":"));
        text(Json::toUtf8(id));
        idWritten = true;
    };
    collecting = false;
    const std::vector<Signal> found = std::move(signalsFound);
    for (const Signal &signal : found) {
        if (signal.path == "id")
            continue;
        if (!idWritten && signal.path > "id")
            writeId();
        comma();
        const auto redactedPath = redactor.redact(signal.path);
        text(redactedPath ? redactedPath->text : signal.path);
        out.append(':');
        const bool isText = typeOf(signal.value) == YYJSON_TYPE_STR;
        const bool secret = signal.secret || signal.member->place.secret || signal.member->field == SecretField::AllBelow
            || (isText && signal.member->field == SecretField::OwnString);
        write<false>(signal.value, signal.member->state, secret, 1, 0);
    }
    signalsFound = found;
    if (!idWritten)
        writeId();
    collecting = true;
    out.append('}');
}

QString Normaliser::Private::redactedText(const QString &text, int &count) const
{
    const auto redacted = redactor.redact(Json::toUtf8(text));
    if (!redacted)
        return text;
    count += redacted->secrets;
    return Json::toQString(redacted->text);
}

Result<NormalisedEntity> Normaliser::Private::finish(Json::Value entity, const QString &id)
{
    NormalisedEntity result;
    redacting = false;
    writeEntity(entity.raw());
    if (broken) {
        composed.clear();
        if (auto checked = Json::checkLimits(entity, {}); !checked)
            return std::unexpected(checked.error());
        return Error::make(ErrorCode::MalformedJson, QStringLiteral("nested too deep"));
    }
    if (redactor.mayContainSecret(out.view())) {
        redacting = true;
        writeEntity(entity.raw());
    }
    result.text = bytes(out.view());
    result.sha256 = sha256(out.view());
    result.blobId = gitBlobId(out.view());
    result.redactions = redactions;
    int inWords = 0; // the same secrets again, not counted twice
    result.id = redactedText(id, inWords);
    Json::Value name = entity;
    for (const std::string &step : namePath)
        name = name[step];
    result.name = redactedText(name.toQString(), inWords);
    if (!signalsFound.empty()) {
        redacting = false;
        redactions = 0;
        writeSignals(result.id);
        if (redactor.mayContainSecret(out.view())) {
            redacting = true;
            redactions = 0;
            writeSignals(result.id);
        }
        result.signal = bytes(out.view());
        result.redactions += redactions;
    }
    composed.clear();
    return result;
}

Normaliser::Normaliser(const DomainRules &rules, const Redaction::Redactor &redactor) : d(std::make_unique<Private>(rules, redactor)) {}
Normaliser::~Normaliser() = default;

Result<NormalisedEntity> Normaliser::normalise(Json::Value entity)
{
    if (d->identityPath.empty())
        return normalise(entity, QString());
    Json::Value id = entity;
    for (const std::string &step : d->identityPath)
        id = id[step];
    const QString text = id.isString() ? id.toQString() : Json::toQString(id.numberText());
    if (text.isEmpty()) {
        return Error::make(ErrorCode::MalformedJson, QStringLiteral("no usable id: the member %1 is missing, empty or no text").arg(d->rules.identity),
                           QString(u'/' + d->rules.identity));
    }
    return d->finish(entity, text);
}

Result<NormalisedEntity> Normaliser::normalise(Json::Value entity, const QString &id)
{
    if (entity.isMissing())
        return Error::make(ErrorCode::MalformedJson, QStringLiteral("there is nothing to normalise"));
    return d->finish(entity, id);
}

} // namespace Orgtrace::Catalogue
