#include "sandbox/body.h"

#include "json/canonical.h"

#include <algorithm>
#include <cmath>
#include <format>
#include <mutex>
#include <unordered_map>

namespace Orgtrace::Sandbox {

quint64 Dice::next()
{
    m_state += 0x9e3779b97f4a7c15ULL;
    quint64 z = m_state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

quint64 mix(quint64 seed, std::string_view text)
{
    quint64 hash = 0xcbf29ce484222325ULL ^ Dice(seed).next();
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return Dice(hash).next();
}

QString uuid(quint64 seed, std::string_view text)
{
    Dice dice(mix(seed, text));
    const quint64 a = dice.next();
    const quint64 b = dice.next();
    return QString::fromStdString(std::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff,
                                              0x8000 | ((b >> 48) & 0x3fff), b & 0xffffffffffffULL));
}

struct Body::Key {
    std::string name;
    std::string quoted; ///< with quotes and colon, ready to send
};

namespace {

const Body::Key *intern(std::string_view name)
{
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    static std::mutex mutex;
    static std::unordered_map<std::string, Body::Key, Hash, std::equal_to<>> table; // nodes stay where they are
    const std::scoped_lock lock(mutex);
    if (const auto it = table.find(name); it != table.end())
        return &it->second;
    std::string quoted;
    Json::appendString(quoted, name);
    quoted += ':';
    return &table.emplace(std::string(name), Body::Key{std::string(name), std::move(quoted)}).first->second;
}

// Visits 0 … n-1 from a thrown start, forwards or backwards.
template<typename Visit> void inSomeOrder(size_t count, Dice &order, Visit visit)
{
    if (count == 0)
        return;
    const quint64 thrown = order.next();
    const bool backwards = (thrown & 1) != 0;
    size_t at = static_cast<size_t>((thrown >> 1) % count);
    for (size_t i = 0; i < count; ++i) {
        visit(at);
        at = backwards ? (at == 0 ? count - 1 : at - 1) : (at + 1 == count ? 0 : at + 1);
    }
}

} // namespace

std::string_view Body::Member::name() const
{
    return key ? std::string_view(key->name) : std::string_view();
}

Body::Member member(std::string_view name, Body value)
{
    return {intern(name), std::move(value)};
}

Body::Body() : m_content(std::string("null")) { }
Body::Body(const Body &other) = default;
Body::Body(Body &&other) noexcept = default;
Body &Body::operator=(const Body &other) = default;
Body &Body::operator=(Body &&other) noexcept = default;
Body::~Body() = default;

Body::Body(double value) : Body(raw(std::isfinite(value) ? std::format("{}", value) : std::string("null"))) { }

Body::Body(const QString &text) : Body(string(text.toStdString())) { }

Body Body::raw(std::string jsonText)
{
    Body body;
    body.m_content = std::move(jsonText);
    return body;
}

Body Body::string(std::string_view utf8)
{
    std::string quoted;
    quoted.reserve(utf8.size() + 2);
    Json::appendString(quoted, utf8);
    return raw(std::move(quoted));
}

Body Body::object(std::initializer_list<Pair> members)
{
    Body body;
    body.m_kind = Kind::Object;
    auto &content = body.m_content.emplace<Members>();
    content.reserve(members.size());
    for (const Pair &pair : members)
        content.push_back({intern(pair.name), std::move(pair.value)});
    return body;
}

Body Body::array(std::vector<Body> items)
{
    Body body;
    body.m_kind = Kind::Array;
    auto &content = body.m_content.emplace<Members>();
    content.reserve(items.size());
    for (Body &item : items)
        content.push_back({nullptr, std::move(item)});
    return body;
}

Body Body::bag(std::vector<Body> items)
{
    Body body = array(std::move(items));
    body.m_kind = Kind::Bag;
    return body;
}

Body Body::bag(const QStringList &texts)
{
    Body body = bag(std::vector<Body>{});
    for (const QString &text : texts)
        body.append(Body(text));
    return body;
}

bool Body::isNull() const
{
    return m_kind == Kind::Scalar && json() == "null";
}

QString Body::text() const
{
    if (m_kind != Kind::Scalar || json().size() < 2 || json().front() != '"')
        return {};
    return QString::fromStdString(plain());
}

const std::string &Body::json() const
{
    return std::get<std::string>(m_content);
}

std::string Body::plain() const
{
    if (m_kind != Kind::Scalar)
        return stable();
    const std::string &quoted = json();
    if (quoted.size() < 2 || quoted.front() != '"')
        return quoted;
    std::string out;
    out.reserve(quoted.size() - 2);
    for (size_t i = 1; i + 1 < quoted.size(); ++i) {
        if (quoted[i] != '\\') {
            out += quoted[i];
            continue;
        }
        switch (quoted[++i]) { // what Json::appendString writes, nothing else
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case 'r': out += '\r'; break;
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        case 'u':
            out += static_cast<char>(std::stoi(quoted.substr(i + 1, 4), nullptr, 16) & 0x7f);
            i += 4;
            break;
        default: out += quoted[i];
        }
    }
    return out;
}

size_t Body::size() const
{
    return m_kind == Kind::Scalar ? 0 : members().size();
}

const Body *Body::find(std::string_view key) const
{
    if (m_kind != Kind::Object)
        return nullptr;
    for (const Member &member : members()) {
        if (member.key->name == key)
            return &member.value;
    }
    return nullptr;
}

Body *Body::find(std::string_view key)
{
    return const_cast<Body *>(std::as_const(*this).find(key));
}

const Body *Body::at(const QStringList &path) const
{
    const Body *here = this;
    for (const QString &step : path) {
        if (!here->isList()) {
            here = here->find(step.toStdString());
        } else {
            bool isIndex = false;
            const uint index = step.toUInt(&isIndex);
            here = isIndex && index < here->size() ? &here->members()[index].value : nullptr;
        }
        if (!here)
            return nullptr;
    }
    return here;
}

QString Body::text(std::string_view key) const
{
    const Body *value = find(key);
    return value ? value->text() : QString();
}

void Body::set(std::string_view key, Body value)
{
    if (Body *there = find(key))
        *there = std::move(value);
    else
        members().push_back({intern(key), std::move(value)});
}

void Body::unset(std::string_view key)
{
    std::erase_if(members(), [key](const Member &member) { return member.name() == key; });
}

void Body::append(Body item)
{
    members().push_back({nullptr, std::move(item)});
}

Body::Members &Body::members()
{
    return std::get<Members>(m_content);
}

const Body::Members &Body::members() const
{
    return std::get<Members>(m_content);
}

void Body::send(std::string &out, Dice &order) const
{
    if (m_kind == Kind::Scalar) {
        out += json();
        return;
    }
    const Members &content = members();
    const bool named = isObject();
    out += named ? '{' : '[';
    bool first = true;
    const auto write = [&](const Member &item) {
        if (!first)
            out += ',';
        first = false;
        if (named)
            out += item.key->quoted;
        item.value.send(out, order);
    };
    if (m_kind == Kind::Array)
        std::ranges::for_each(content, write);
    else
        inSomeOrder(content.size(), order, [&](size_t at) { write(content[at]); });
    out += named ? '}' : ']';
}

void Body::sendEntity(std::string &out, Dice &order, const Members &extra, const std::vector<std::string_view> &hidden) const
{
    std::vector<const Member *> shown;
    shown.reserve(members().size() + extra.size());
    for (const Members *list : {&members(), &extra}) {
        for (const Member &item : *list) {
            if (std::ranges::find(hidden, item.name()) == hidden.end())
                shown.push_back(&item);
        }
    }
    out += '{';
    bool first = true;
    inSomeOrder(shown.size(), order, [&](size_t at) {
        if (!first)
            out += ',';
        first = false;
        out += shown[at]->key->quoted;
        shown[at]->value.send(out, order);
    });
    out += '}';
}

std::string Body::stable() const
{
    std::string out;
    writeStable(out);
    return out;
}

void Body::writeStable(std::string &out) const
{
    if (m_kind == Kind::Scalar) {
        out += json();
        return;
    }
    const Members &content = members();
    const bool isObject = m_kind == Kind::Object;
    std::vector<std::string> parts;
    parts.reserve(content.size());
    for (const Member &member : content)
        parts.push_back((isObject ? member.key->quoted : std::string()) + member.value.stable());
    if (m_kind != Kind::Array)
        std::ranges::sort(parts);
    out += isObject ? '{' : '[';
    for (size_t i = 0; i < parts.size(); ++i) {
        if (i > 0)
            out += ',';
        out += parts[i];
    }
    out += isObject ? '}' : ']';
}

} // namespace Orgtrace::Sandbox
