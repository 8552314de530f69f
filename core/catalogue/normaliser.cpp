#include "catalogue/normaliser.h"

#include "base/clock.h"
#include "base/digest.h"
#include "catalogue/patterns.h"
#include "catalogue/shapes.h"
#include "catalogue/textbuffer.h"
#include "json/canonical.h"
#include "json/memberorder.h"
#include "json/text.h"

#include <deque>
#include <vector>

namespace Orgtrace::Catalogue {

using Json::countOf;
using Json::firstOf;
using Json::nextOf;
using Json::rawText;
using Json::typeOf;

namespace {

constexpr size_t blockSize = Shape::padding;

bool isContainer(const yyjson_val *value)
{
    const auto type = typeOf(value);
    return type == YYJSON_TYPE_ARR || type == YYJSON_TYPE_OBJ;
}

struct Signal {
    std::string path;
    const yyjson_val *value;
    Patterns::State state;
    bool secret;
};

/// Where the walk is: a member of an object.
struct Step {
    const Shape *shape;
    uint32_t member;
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
    Private(const DomainRules &rules_, const Redaction::Redactor &redactor_, const QDate &asOf_) :
        rules(rules_), redactor(redactor_), asOf(asOf_), patterns(rules_)
    {
        for (const QString &member : rules.lastSeen)
            if (!rules.signals_.contains(member)) // there it is asked for as it is
                lastSeen.push_back(Json::toUtf8(member));
        for (const auto those = rules.identity.split(u'/', Qt::SkipEmptyParts); const QString &name : those)
            identityPath.push_back(Json::toUtf8(name));
        for (const auto these = rules.nameField.split(u'/', Qt::SkipEmptyParts); const QString &name : these)
            namePath.push_back(Json::toUtf8(name));
    }

    const DomainRules &rules;
    const Redaction::Redactor &redactor;
    const QDate asOf;
    Patterns patterns;
    std::vector<std::string> lastSeen; // member paths
    std::vector<std::string> identityPath;
    std::vector<std::string> namePath;

    std::deque<ShapeCache> shapesOf; // by state
    ShapeCache skimmed; // of objects that are only checked

    TextBuffer out;
    TextBuffer reordered;
    std::vector<const yyjson_val *> values; // stack: the values of the objects being written
    std::vector<Step> path; // stack: the members being written
    std::vector<Element> elements; // stack: of the unordered arrays being written
    std::deque<std::string> composed; // keys of several parts, until the entity is done
    std::vector<Signal> signalsFound;
    size_t arraysAround = 0;
    bool redacting = false; // the second time: each string is looked at
    bool broken = false; // a limit was passed
    bool collecting = true; // signals
    int redactions = 0;
    int signalsWritten = 0;

    void skim(const yyjson_val *value, int depth);
    template<bool pretty> void write(const yyjson_val *value, Patterns::State state, bool secret, int depth, size_t level);
    template<bool pretty> void writeObject(const yyjson_val *object, Patterns::State state, bool secret, int depth, size_t level);
    template<bool pretty> void writeArray(const yyjson_val *array, Patterns::State state, bool secret, int depth, size_t level);
    template<bool pretty>
    void writeMember(const Shape &shape, uint32_t index, const yyjson_val *value, bool secret, int depth, size_t level);
    void noteSignal(const Shape &shape, uint32_t index, const yyjson_val *value, bool secret);
    void writeString(std::string_view text, bool secret);
    void noteElement(const yyjson_val *item, const Place &place, size_t begin);
    void sortElements(size_t base, size_t level, bool pretty);
    [[nodiscard]] std::string_view identityKey(const yyjson_val *item, const ElementIdentity &identity);

    void reset();
    void writeEntity(const yyjson_val *entity);
    void writeSignals(const QString &id);
    [[nodiscard]] QString redactedText(std::string_view text) const;
    [[nodiscard]] Result<NormalisedEntity> finish(Json::Value entity, std::string_view id);
};

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
    Shape &shape = skimmed.of(value, values, nullptr, 0, redactor);
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

template<bool pretty> void Normaliser::Private::write(const yyjson_val *value, Patterns::State state, bool secret, int depth, size_t level)
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
void Normaliser::Private::writeMember(const Shape &shape, uint32_t index, const yyjson_val *value, bool secret, int depth, size_t level)
{
    const ShapeMember &member = shape.members[index];
    out.appendPadded(member.rendered, member.renderedSize - (pretty ? 0 : 1));
    redactions += member.redactions;
    secret = secret && !member.isType;
    switch (typeOf(value)) { // the common kinds first
    case YYJSON_TYPE_STR: writeString(rawText(value), secret || member.textSecret); return;
    case YYJSON_TYPE_OBJ:
    case YYJSON_TYPE_ARR:
        path.push_back({&shape, index});
        write<pretty>(value, member.state, secret || member.belowSecret, depth, level);
        path.pop_back();
        return;
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
    Shape &shape = shapesOf[static_cast<size_t>(state)].of(object, values, &patterns, state, redactor);
    const ShapeUse use(shape);
    if (shape.duplicate) {
        broken = true;
        return;
    }
    bool first = true;
    out.append('{');
    const auto emit = [&](uint32_t index) {
        if constexpr (pretty) {
            out.appendBreak(level + 1, !first);
        } else if (!first) {
            out.append(',');
        }
        first = false;
        writeMember<pretty>(shape, index, values[base + index], secret, depth + 1, level + 1);
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
        for (const uint32_t index : shape.written)
            emit(index);
        for (const uint32_t index : shape.dropped)
            skim(values[base + index], depth + 1);
        for (const uint32_t index : shape.signals_) {
            skim(values[base + index], depth + 1);
            if (collecting && arraysAround == 0)
                noteSignal(shape, index, values[base + index], secret);
        }
    }
    values.resize(base);
    if (pretty && !first)
        out.appendBreak(level, false);
    out.append('}');
}

void Normaliser::Private::noteSignal(const Shape &shape, uint32_t index, const yyjson_val *value, bool secret)
{
    std::string name;
    for (const Step &step : path) {
        name += step.shape->name(step.member);
        name += '/';
    }
    name += shape.name(index);
    const ShapeMember &member = shape.members[index];
    const bool hidden = (secret && !member.isType) || member.belowSecret || (member.textSecret && typeOf(value) == YYJSON_TYPE_STR);
    signalsFound.push_back({std::move(name), value, member.state, hidden});
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
    signalsWritten = 0;
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
    std::vector<Signal> found = std::move(signalsFound);
    for (const Signal &signal : found) {
        if (signal.path == "id")
            continue;
        QString seen;
        const bool isLastSeen = std::ranges::contains(lastSeen, signal.path);
        if (isLastSeen) {
            seen = keptLastSeen(Json::Value(signal.value).toQString(), asOf);
            if (seen.isEmpty())
                continue;
        }
        ++signalsWritten;
        if (!idWritten && signal.path > "id")
            writeId();
        comma();
        const auto redactedPath = redactor.redact(signal.path);
        text(redactedPath ? redactedPath->text : signal.path);
        out.append(':');
        if (isLastSeen)
            text(Json::toUtf8(seen));
        else
            write<false>(signal.value, signal.state, signal.secret, 1, 0);
    }
    signalsFound = std::move(found);
    if (!idWritten)
        writeId();
    collecting = true;
    out.append('}');
}

QString Normaliser::Private::redactedText(std::string_view text) const
{
    const auto redacted = redactor.redact(text);
    return Json::toQString(redacted ? std::string_view(redacted->text) : text);
}

Result<NormalisedEntity> Normaliser::Private::finish(Json::Value entity, std::string_view id)
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
    result.id = redactedText(id);
    Json::Value name = entity;
    for (const std::string &step : namePath)
        name = name[step];
    result.name = redactedText(name.string());
    if (!signalsFound.empty()) {
        redacting = false;
        redactions = 0;
        writeSignals(result.id);
        if (redactor.mayContainSecret(out.view())) {
            redacting = true;
            redactions = 0;
            writeSignals(result.id);
        }
        result.signal = signalsWritten > 0 ? bytes(out.view()) : QByteArray();
        result.redactions += redactions;
    }
    composed.clear();
    return result;
}

QString keptLastSeen(const QString &time, const QDate &asOf)
{
    const QDateTime at = time.size() <= 40 ? parseIsoUtc(time) : QDateTime();
    if (!at.isValid())
        return {};
    return asOf.isValid() && at.date().daysTo(asOf) <= RecentDays ? QString(RecentlySeen) : at.date().toString(Qt::ISODate);
}

Normaliser::Normaliser(const DomainRules &rules, const Redaction::Redactor &redactor, const QDate &asOf) :
    d(std::make_unique<Private>(rules, redactor, asOf))
{
}
Normaliser::~Normaliser() = default;

Result<NormalisedEntity> Normaliser::normalise(Json::Value entity)
{
    if (d->identityPath.empty())
        return normalise(entity, QString());
    Json::Value id = entity;
    for (const std::string &step : d->identityPath)
        id = id[step];
    const std::string_view text = id.isString() ? id.string() : id.numberText();
    if (text.empty()) {
        return Error::make(ErrorCode::MalformedJson,
                           QStringLiteral("no usable id: the member %1 is missing, empty or no text").arg(d->rules.identity),
                           QString(u'/' + d->rules.identity));
    }
    return d->finish(entity, text);
}

Result<NormalisedEntity> Normaliser::normalise(Json::Value entity, const QString &id)
{
    if (entity.isMissing())
        return Error::make(ErrorCode::MalformedJson, QStringLiteral("there is nothing to normalise"));
    return d->finish(entity, Json::toUtf8(id));
}

NormaliserPool::Loan NormaliserPool::take()
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_idle.empty()) {
            Loan loan(m_idle.back().release(), {this});
            m_idle.pop_back();
            return loan;
        }
    }
    return Loan(new Normaliser(m_rules, m_redactor, m_asOf), {this});
}

void NormaliserPool::give(Normaliser *normaliser)
{
    std::unique_ptr<Normaliser> idle(normaliser);
    const std::lock_guard lock(m_mutex);
    m_idle.push_back(std::move(idle));
}

} // namespace Orgtrace::Catalogue
