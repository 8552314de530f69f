#pragma once

#include "access/accessview.h"

#include <QWidget>

namespace Orgtrace::Ui {

/// One card of a path.
struct PathCard {
    QString kind, title, note; ///< "grant · all divisions", "Master Admin", "only under a condition"
    enum class Tone { Plain, Container, Grant } tone = Tone::Plain;
    friend bool operator==(const PathCard &, const PathCard &) = default;
};
/// subject → (container →) grant → policy. Pure.
[[nodiscard]] QList<PathCard> pathCards(const Access::Subject &subject, const Access::AccessPath &path);

/// All paths of one permission, one under another, as connected cards. Selectable as text by its menu and by Ctrl+C; read out as sentences.
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
    void copy() const;
    Access::Subject m_subject;
    QList<Line> m_lines;
    QList<QList<PathCard>> m_cards;
};

} // namespace Orgtrace::Ui
