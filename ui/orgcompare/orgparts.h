#pragma once

#include <QStyledItemDelegate>
#include <QTreeView>
#include <QWidget>

class QButtonGroup;
class QHBoxLayout;

namespace Orgtrace::Ui {

/// Roles of both lists of the page, and how a row is painted from them: a sign with its words in one colour, then what is beside it, quieter.
struct OrgRole {
    enum Role {
        Sign = Qt::UserRole, ///< OrgSign
        Detail, ///< said behind the text, muted
        Id, ///< before that, monospace and muted
        IsEvidence, ///< a value: monospace
        IsHeading, ///< a domain: bold
    };
};
enum class OrgSign { None, OnlyLeft, OnlyRight, Differs, Unknown, Matched, ByHand };

class OrgDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
public:
    /// @param lead pixels before the first column's text
    explicit OrgDelegate(QObject *parent = nullptr, int lead = 8) : QStyledItemDelegate(parent), m_lead(lead) { }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    int m_lead;
    mutable QFont m_evidence; ///< looked up once, not for each cell
    mutable bool m_isEvidenceKnown = false;
    mutable QFont m_evidenceFor; ///< the font of the rows then
};

/// A tree whose rows are told apart by a line from edge to edge, also beneath what opens them.
class OrgTree final : public QTreeView
{
    Q_OBJECT
public:
    using QTreeView::QTreeView;

protected:
    void drawRow(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

/// Words with counts side by side, one of them chosen: what a list is narrowed to. The first is everything.
class ChoiceChips final : public QWidget
{
    Q_OBJECT
public:
    ChoiceChips(const QStringList &words, QWidget *parent = nullptr);
    void setCounts(const QList<qint64> &counts); ///< alike in order; those of nothing are put away, but the chosen one
    [[nodiscard]] int current() const;
    void setCurrent(int chip);

Q_SIGNALS:
    void currentChanged(int chip);

private:
    QStringList m_words;
    QButtonGroup *m_group;
};

} // namespace Orgtrace::Ui
