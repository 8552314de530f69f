#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <vector>

namespace Orgtrace::Compare {

/// A canonical text cut at its line ends: offsets only, four bytes a line. Where the text is one list, its elements are known too, with their `id`
/// members. Structure is read off the indentation; text that is not canonical gives poor answers, never trouble.
///
/// Lines are 1-based. Immutable; copies share the text. Texts of 4 GiB and more keep no lines.
class CanonicalLines
{
public:
    CanonicalLines() = default;
    explicit CanonicalLines(QByteArray text);

    [[nodiscard]] int count() const { return int(m_starts.size()); }
    [[nodiscard]] qsizetype length(int line) const { return range(line).second; } ///< bytes without the LF
    [[nodiscard]] QByteArrayView bytes(int line) const; ///< without the LF; empty outside
    [[nodiscard]] QString line(int line) const;
    [[nodiscard]] const QByteArray &text() const { return m_text; }
    [[nodiscard]] QByteArrayView between(int first, int last) const; ///< whole lines, the last one's comma and LF left out
    [[nodiscard]] qsizetype longest() const { return m_longest; } ///< bytes of the longest line

    [[nodiscard]] int indent(int line) const; ///< leading blanks
    [[nodiscard]] char opens(int line) const; ///< '{' or '[' where a container begins that ends on a later line; else 0
    [[nodiscard]] bool closes(int line) const; ///< '}' or ']' that ends such a container
    [[nodiscard]] QByteArrayView key(int line) const; ///< the member's name as it is escaped; empty where there is none
    [[nodiscard]] int end(int line) const; ///< last line of the value that begins there; itself for scalars

    /// One element of a text that is one list. 16 bytes.
    struct Element {
        quint32 line = 0, lines = 0;
        quint32 idAt = 0, idLength = 0; ///< value of its member "id", quotes included; 0: none
    };
    [[nodiscard]] bool isList() const { return m_isList; }
    [[nodiscard]] const std::vector<Element> &elements() const { return m_elements; }
    [[nodiscard]] int elementOf(int line) const; ///< -1: none
    [[nodiscard]] QByteArrayView idOf(const Element &element) const
    {
        return QByteArrayView(m_text).sliced(element.idAt, element.idLength);
    }

    /// One step of the way to a line.
    struct Step {
        QString token; ///< decoded member name, or the index
        bool isIndex = false;
        int line = 0; ///< where that value begins
    };
    /// The steps to the value on a line, outermost first; the line of a closing bracket belongs to what it closes. Looks back by indentation:
    /// costs what stands before the line inside its element, or its document.
    [[nodiscard]] std::vector<Step> steps(int line) const;
    [[nodiscard]] QString pointer(int line) const; ///< RFC 6901
    [[nodiscard]] int lineOf(const QString &pointer) const; ///< 0 where there is none
    /// The names of a container's members, or the indices of its elements, at most `most`. For completion.
    [[nodiscard]] QStringList childTokens(int line, int most) const;

private:
    [[nodiscard]] std::pair<qsizetype, qsizetype> range(int line) const;
    QByteArray m_text;
    std::vector<quint32> m_starts;
    std::vector<Element> m_elements;
    bool m_isList = false;
    qsizetype m_longest = 0;
};

/// A member name as it stands in canonical text, between its quotes, decoded.
[[nodiscard]] QString decodedKey(QByteArrayView escaped);

} // namespace Orgtrace::Compare
