#pragma once

#include "access/accessview.h"

#include <QImage>
#include <QWidget>

#include <optional>

namespace Orgtrace::Ui {

/// One card of a path.
struct PathCard {
    QString kind, title, note; ///< "grant · all divisions", "Master Admin", "only under a condition"
    enum class Tone { Plain, Container, Grant } tone = Tone::Plain;
    friend bool operator==(const PathCard &, const PathCard &) = default;
};
/// subject → (container →) grant → policy. Pure.
[[nodiscard]] QList<PathCard> pathCards(const Access::Subject &subject, const Access::AccessPath &path);

/// All paths of one permission, one under another, as connected cards. Arrow keys go from card to card; each is read out. By its menu, or Ctrl+C for all at
/// once: copied as text, as a picture and as SVG.
class PathGraph final : public QWidget
{
    Q_OBJECT
public:
    struct Line {
        Access::AccessPath path;
        Held held = Held::Same;
    };
    explicit PathGraph(QWidget *parent = nullptr);
    void setPaths(const Access::Subject &subject, const QList<Line> &lines);
    [[nodiscard]] QString text() const; ///< one sentence a path
    [[nodiscard]] QByteArray svg() const; ///< the picture as it is, colours of the theme
    [[nodiscard]] QImage image() const; ///< the same at twice the size
    /// The card that the keys are at: its line and its place; nothing where there is none.
    [[nodiscard]] std::optional<std::pair<int, int>> currentCard() const;
    [[nodiscard]] QString cardText(int line, int place) const; ///< "group, Contractors"; with its id
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    struct Placed {
        QRect box;
        QString note;
        const PathCard *card;
        int line;
    };
    [[nodiscard]] QList<Placed> place(int width, int *height) const;
    enum class As { Everything, Text, Picture, Svg };
    void copy(As what) const;
    void draw(QPainter &painter, int width, bool withFocus) const;
    void goTo(int line, int place);
    [[nodiscard]] QString idOf(const PathCard &card, int line) const;
    int m_line = -1, m_place = 0;
    Access::Subject m_subject;
    QList<Line> m_lines;
    QList<QList<PathCard>> m_cards;
};

} // namespace Orgtrace::Ui
