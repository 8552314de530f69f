#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace Orgtrace::Sandbox {

/// A small deterministic generator (SplitMix64): the same everywhere, unlike the standard library's distributions.
class Dice
{
public:
    explicit Dice(quint64 seed) : m_state(seed) { }
    quint64 next();
    int below(int bound) { return bound <= 1 ? 0 : static_cast<int>(next() % static_cast<quint64>(bound)); } ///< 0 … bound-1
    bool chance(int percent) { return below(100) < percent; }

private:
    quint64 m_state;
};

[[nodiscard]] quint64 mix(quint64 seed, std::string_view text); ///< seed and text to one number
[[nodiscard]] QString uuid(quint64 seed, std::string_view text); ///< deterministic, version 4 in form
template<typename Text>
concept QtText = std::convertible_to<Text, QString> && !std::convertible_to<Text, std::string_view>;
[[nodiscard]] quint64 mix(quint64 seed, const QtText auto &text)
{
    return mix(seed, std::string_view(QString(text).toStdString()));
}
[[nodiscard]] QString uuid(quint64 seed, const QtText auto &text)
{
    return uuid(seed, std::string_view(QString(text).toStdString()));
}

/// A mutable JSON tree of the simulated organisation. Scalars are kept as the JSON text they are sent as, so that sending a page is little
/// more than copying; member names are interned. A *bag* is an array whose order means nothing: it comes out in another order each time,
/// as members of objects do, because the real platform promises neither.
class Body
{
public:
    enum class Kind : quint8 { Scalar, Array, Bag, Object };
    struct Key; ///< an interned member name
    struct Member;
    using Members = std::vector<Member>;
    struct Pair;

    Body(); ///< null
    Body(const Body &other);
    Body(Body &&other) noexcept;
    Body &operator=(const Body &other);
    Body &operator=(Body &&other) noexcept;
    ~Body();
    Body(std::same_as<bool> auto value) : Body(raw(value ? "true" : "false")) { }
    Body(std::integral auto value)
        requires(!std::same_as<decltype(value), bool>)
        : Body(raw(std::to_string(value)))
    {
    }
    Body(double value);
    Body(const QString &text);
    Body(const std::convertible_to<std::string_view> auto &text) : Body(string(std::string_view(text))) { }

    [[nodiscard]] static Body raw(std::string jsonText); ///< a scalar's JSON text. @pre valid
    [[nodiscard]] static Body string(std::string_view utf8);
    [[nodiscard]] static Body object(std::initializer_list<Pair> members = {});
    [[nodiscard]] static Body array(std::vector<Body> items = {});
    [[nodiscard]] static Body bag(std::vector<Body> items = {});
    [[nodiscard]] static Body bag(const QStringList &texts);

    [[nodiscard]] Kind kind() const { return m_kind; }
    [[nodiscard]] bool isObject() const { return m_kind == Kind::Object; }
    [[nodiscard]] bool isList() const { return m_kind == Kind::Array || m_kind == Kind::Bag; }
    [[nodiscard]] bool isNull() const;
    [[nodiscard]] QString text() const; ///< of a string; empty for others
    [[nodiscard]] const std::string &json() const; ///< of a scalar: its JSON text. @pre Scalar
    [[nodiscard]] std::string plain() const; ///< a string without quotes, else compact JSON: how audit events say values
    [[nodiscard]] size_t size() const;

    [[nodiscard]] const Body *find(std::string_view key) const; ///< nullptr where there is none
    [[nodiscard]] Body *find(std::string_view key);
    [[nodiscard]] const Body *
    at(const QStringList &path) const; ///< through objects by name and arrays by index; nullptr where nothing is there
    [[nodiscard]] QString text(std::string_view key) const; ///< text of that member; empty where there is none
    void set(std::string_view key, Body value); ///< @pre Object
    void unset(std::string_view key);
    void append(Body item); ///< @pre a list
    [[nodiscard]] Members &members(); ///< items too, with empty names. @pre not Scalar
    [[nodiscard]] const Members &members() const;

    /// Sends it: compact, in an order that depends on the dice.
    void send(std::string &out, Dice &order) const;
    /// Sends an object with more members (volatile fields) and without the hidden ones (what was not asked for by `expand`).
    void sendEntity(std::string &out, Dice &order, const Members &extra, const std::vector<std::string_view> &hidden) const;
    [[nodiscard]] std::string stable() const; ///< compact, members and bags sorted: equal texts mean equal configuration

private:
    void writeStable(std::string &out) const;
    std::variant<std::string, Members> m_content;
    Kind m_kind = Kind::Scalar;
};

struct Body::Member {
    const Key *key = nullptr;
    Body value;
    [[nodiscard]] std::string_view name() const;
};

struct Body::Pair {
    std::string_view name;
    mutable Body value; ///< moved out of the initializer list: nested trees would be copied once a level otherwise
};

[[nodiscard]] Body::Member member(std::string_view name, Body value);

} // namespace Orgtrace::Sandbox
