#pragma once

#include "base/error.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <toml++/toml.hpp>

#include <algorithm>
#include <optional>

/// How the files of this room are read. For its sources only.
namespace Orgtrace::Policy {

inline QString tomlText(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

/// Reads one table key by key; what nobody asked for is a mistake. The first mistake stays.
class TomlTable
{
public:
    TomlTable(const toml::table &table, QString file, QString what) : m_table(table), m_file(std::move(file)), m_what(std::move(what)) { }

    void fail(const toml::node &at, const QString &mistake)
    {
        if (!m_error)
            m_error = Error{ErrorCode::BadInput, m_what + mistake, m_file + u':' + QString::number(at.source().begin.line)};
    }
    void fail(const QString &mistake) { fail(m_table, mistake); }

    [[nodiscard]] const toml::node *take(const char *key)
    {
        m_known.append(QString::fromLatin1(key));
        return m_table.get(key);
    }

    QString string(const char *key)
    {
        const toml::node *node = take(key);
        if (!node)
            return {};
        const auto value = node->value_exact<std::string_view>();
        if (!value) {
            fail(*node, QStringLiteral("%1 must be text in quotes").arg(QLatin1StringView(key)));
            return {};
        }
        return tomlText(*value);
    }

    QString needed(const char *key)
    {
        const bool given = m_table.contains(key);
        const QString value = string(key);
        if (value.isEmpty())
            fail(given ? *m_table.get(key) : static_cast<const toml::node &>(m_table),
                 QStringLiteral("%1 is missing: add %1 = \"…\"").arg(QLatin1StringView(key)));
        return value;
    }

    QStringList strings(const char *key)
    {
        const toml::node *node = take(key);
        QStringList out;
        if (!node)
            return out;
        const toml::array *list = node->as_array();
        if (!list) {
            fail(*node, QStringLiteral("%1 must be a list: [\"…\", \"…\"]").arg(QLatin1StringView(key)));
            return out;
        }
        for (const toml::node &item : *list) {
            const auto value = item.value_exact<std::string_view>();
            if (!value || value->empty())
                fail(item, QStringLiteral("%1 must hold texts in quotes, none of them empty").arg(QLatin1StringView(key)));
            else
                out.append(tomlText(*value));
        }
        if (list->empty() && !m_mayBeEmpty)
            fail(*node, QStringLiteral("%1 is empty: name something or leave it out").arg(QLatin1StringView(key)));
        return out;
    }

    std::optional<bool> flag(const char *key)
    {
        const toml::node *node = take(key);
        if (!node)
            return std::nullopt;
        const auto value = node->value_exact<bool>();
        if (!value)
            fail(*node, QStringLiteral("%1 must be true or false").arg(QLatin1StringView(key)));
        return value;
    }

    std::optional<int64_t> number(const char *key, int64_t least, int64_t most)
    {
        const toml::node *node = take(key);
        if (!node)
            return std::nullopt;
        const auto value = node->value_exact<int64_t>();
        if (!value || *value < least || *value > most) {
            fail(*node, QStringLiteral("%1 must be a whole number from %2 to %3").arg(QLatin1StringView(key)).arg(least).arg(most));
            return std::nullopt;
        }
        return value;
    }

    /// Words of a fixed set.
    template<typename T> QList<T> words(const char *key, const QList<std::pair<QString, T>> &known)
    {
        QList<T> out;
        for (const auto those = strings(key); const QString &word : those) {
            const auto place = std::ranges::find(known, word, &std::pair<QString, T>::first);
            if (place != known.end()) {
                out.append(place->second);
                continue;
            }
            QStringList names;
            for (const auto &[name, value] : known)
                names.append(name);
            fail(*m_table.get(key),
                 QStringLiteral("%1 does not know \"%2\"; use %3").arg(QLatin1StringView(key), word, names.join(QStringLiteral(", "))));
        }
        return out;
    }

    void mayBeEmpty() { m_mayBeEmpty = true; }

    /// The first mistake, an unknown key included.
    std::optional<Error> finish()
    {
        for (const auto &[key, node] : m_table) {
            if (!m_known.contains(tomlText(key.str())) && !m_error) {
                m_error = Error{ErrorCode::BadInput,
                                m_what
                                    + QStringLiteral("\"%1\" is no setting here; known are %2")
                                          .arg(tomlText(key.str()), m_known.join(QStringLiteral(", "))),
                                m_file + u':' + QString::number(key.source().begin.line)};
            }
        }
        return m_error;
    }

private:
    const toml::table &m_table;
    QString m_file, m_what;
    QStringList m_known;
    bool m_mayBeEmpty = false;
    std::optional<Error> m_error;
};

} // namespace Orgtrace::Policy
