#pragma once

#include <QString>
#include <QStringList>

namespace Orgtrace::Policy {

/// A text with `*` for any characters, `?` for one. Linear but for what stars cost: never worse than length times length.
[[nodiscard]] bool globMatches(QStringView pattern, QStringView text, Qt::CaseSensitivity sensitivity = Qt::CaseSensitive);

/// A pattern over field paths ("routingRules", "mediaSettings/*/alertingTimeout", "**/password"): names a setting and all beneath it.
/// `*` and `?` stand inside one name, `**` for any number of names.
class PathGlob
{
public:
    explicit PathGlob(const QString &pattern);
    /// @param path as FieldChange::path: "/members/[id=…]/ringNumber"
    [[nodiscard]] bool covers(const QString &path) const;
    /// True where the path names something that holds what the pattern names: a whole subtree that came or went.
    [[nodiscard]] bool isInside(const QString &path) const;

private:
    QStringList m_parts;
};

} // namespace Orgtrace::Policy
