#pragma once

#include <QList>
#include <QString>

#include <memory>

namespace re2 {
class RE2;
}

namespace Orgtrace::Ui {

/// What the find bar looks for: a text, or a pattern in RE2's syntax, whose cost is linear in the text whatever the pattern. Cheap to copy; any thread.
class TextPattern
{
public:
    struct Match {
        qsizetype start = 0, length = 0; ///< UTF-16 units
    };
    TextPattern() = default; ///< finds nothing
    TextPattern(const QString &needle, bool isPattern, bool matchCase, bool wholeWords);

    [[nodiscard]] bool isEmpty() const { return m_expression == nullptr; }
    [[nodiscard]] bool isValid() const { return m_error.isEmpty(); }
    [[nodiscard]] QString errorString() const { return m_error; }
    /// Where it stands in a text, from the left, not overlapping, never empty.
    [[nodiscard]] QList<Match> matches(const QString &text, qsizetype most) const;
    [[nodiscard]] bool isIn(const QString &text) const { return !matches(text, 1).isEmpty(); }

private:
    std::shared_ptr<const re2::RE2> m_expression;
    bool m_isPattern = false, m_wholeWords = false;
    QString m_error;
};

} // namespace Orgtrace::Ui
