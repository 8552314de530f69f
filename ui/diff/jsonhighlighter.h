#pragma once

#include <QColor>
#include <QList>
#include <QStringView>

#include <memory>

namespace Orgtrace::Ui {

/// Colours single lines of canonical JSON by KSyntaxHighlighting.
///
/// In canonical text a string never spans lines, so whether a line sits in an object or an array shows in the line itself: it is highlighted from
/// one of two kept states, and lines on screen cost nothing but themselves, wherever they are in the text.
/// Thread: one at a time. Making one reads the definition once; the view makes one on a worker.
class JsonHighlighter
{
public:
    enum class Token { Key, String, Number, Word, Error, Other };
    struct Piece {
        int start = 0, length = 0;
        Token token = Token::Other;
        QColor ink = {}; ///< of the chosen theme; invalid: the house's colour for the token
        bool bold = false;
        friend bool operator==(const Piece &, const Piece &) = default;
    };

    JsonHighlighter();
    ~JsonHighlighter();
    Q_DISABLE_COPY_MOVE(JsonHighlighter)

    [[nodiscard]] bool isValid() const; ///< the library knows JSON
    [[nodiscard]] QList<Piece> highlight(const QString &line);

    /// Light or dark by the application's palette; both keep 4.5:1 against the row tints.
    [[nodiscard]] static QColor colour(Token token);
    [[nodiscard]] QColor colourOf(const Piece &piece) const { return piece.ink.isValid() ? piece.ink : colour(piece.token); }
    [[nodiscard]] bool isBold(const Piece &piece) const { return piece.ink.isValid() ? piece.bold : piece.token == Token::Word; }

    /// A colour theme of the library by its name; empty: the house's own. Its inks are drawn towards black or white until they keep 4.5:1 against `page`.
    void setColours(const QString &theme, const QColor &page);
    struct Choice {
        QString name, title;
    };
    [[nodiscard]] QList<Choice> choices(bool dark) const; ///< themes made for a light or a dark page, by title

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Ui
