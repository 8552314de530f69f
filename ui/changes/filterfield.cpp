#include "changes/filterfield.h"

#include "theme/theme.h"

#include <QAccessible>
#include <QKeyEvent>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

/// A choice in monospace, what it means beside it.
class OfferDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        painter->save();
        if (option.state & QStyle::State_Selected) {
            painter->fillRect(option.rect, Theme::accentTint());
            painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), Theme::accent());
        }
        const QRect room = option.rect.adjusted(9, 0, -9, 0);
        const QFont mono = Theme::monospace();
        const QFontMetrics monoMetrics(mono);
        const QString text = monoMetrics.elidedText(index.data().toString(), Qt::ElideMiddle, room.width());
        painter->setFont(mono);
        painter->setPen(Theme::text());
        painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter, text);
        const int used = monoMetrics.horizontalAdvance(text) + 14;
        if (room.width() - used > 30) {
            painter->setFont(Theme::smallFont());
            painter->setPen(Theme::mutedText());
            painter->drawText(
                room.adjusted(used, 0, 0, 0), Qt::AlignRight | Qt::AlignVCenter,
                QFontMetrics(painter->font()).elidedText(index.data(Qt::UserRole).toString(), Qt::ElideRight, room.width() - used));
        }
        painter->restore();
    }
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override { return {100, Theme::rowHeight() - 2}; }
};

} // namespace

FilterField::FilterField(QWidget *parent) : QLineEdit(parent)
{
    connect(this, &QLineEdit::textEdited, this, &FilterField::offerNow);
}

FilterField::~FilterField()
{
    delete m_offer; // the window's child, but this field's
}

bool FilterField::isOffering() const
{
    return m_offer && m_offer->isVisible();
}

void FilterField::hideOffer()
{
    if (m_offer) {
        m_offer->hide();
    }
}

void FilterField::offerNow()
{
    m_completion = m_complete ? m_complete(text(), cursorPosition()) : completeQuery(text(), cursorPosition(), m_vocabulary);
    if (m_completion.choices.isEmpty() || !isVisible()) {
        hideOffer();
        return;
    }
    if (!m_offer) {
        m_offer = new QListWidget(window());
        m_offer->setItemDelegate(new OfferDelegate(m_offer));
        m_offer->setFocusPolicy(Qt::NoFocus);
        m_offer->setMouseTracking(true);
        m_offer->setUniformItemSizes(true);
        m_offer->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        m_offer->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        m_offer->setAccessibleName(tr("What the filter could go on with"));
        connect(m_offer, &QListWidget::itemEntered, this, [this](QListWidgetItem *item) { m_offer->setCurrentItem(item); });
        connect(m_offer, &QListWidget::itemPressed, this, [this](QListWidgetItem *item) { take(m_offer->row(item)); });
    }
    m_offer->clear();
    for (const QueryCompletion::Choice &choice : std::as_const(m_completion.choices)) {
        auto *item = new QListWidgetItem(choice.text, m_offer);
        item->setData(Qt::UserRole, choice.says);
        item->setData(Qt::AccessibleTextRole, choice.says.isEmpty() ? choice.text : QString(choice.text + u", "_s + choice.says));
    }
    m_offer->setStyleSheet(u"QListWidget { border: 1px solid %1; background: %2; }"_s.arg(Theme::mutedText().name(), Theme::page().name()));
    placeOffer();
    m_offer->setCurrentRow(-1); // Enter takes what was typed, unless something is chosen
    m_offer->raise();
    m_offer->show();
}

void FilterField::placeOffer()
{
    if (!m_offer || m_completion.choices.isEmpty()) {
        return;
    }
    const int tall = static_cast<int>(m_completion.choices.size()) * (Theme::rowHeight() - 2) + 2;
    QPoint at = mapTo(window(), QPoint(0, height() + 2));
    if (m_note && m_note->isVisible()) {
        at.setY(m_note->mapTo(window(), QPoint(0, m_note->height() + 3)).y());
    }
    const int wide = std::min(std::max(width(), 300), window()->width() - at.x() - 4);
    m_offer->setGeometry(at.x(), at.y(), wide, tall);
}

void FilterField::choose(int row)
{
    const int count = m_offer->count();
    m_offer->setCurrentRow((row + count) % count);
    QAccessibleAnnouncementEvent said(this, m_offer->currentItem()->data(Qt::AccessibleTextRole).toString());
    QAccessible::updateAccessibility(&said);
}

void FilterField::take(int row)
{
    if (row < 0 || row >= m_completion.choices.size()) {
        return;
    }
    const QString choice = m_completion.choices.at(row).text;
    QString changed = text();
    const bool isWhole = !choice.endsWith(u':');
    const QString rest = changed.sliced(m_completion.to);
    const QString after = isWhole && !rest.startsWith(u' ') && !rest.startsWith(u',') ? u" "_s : QString();
    changed = changed.first(m_completion.from) + choice + after + rest;
    const qsizetype cursor = m_completion.from + choice.size() + after.size();
    hideOffer();
    setText(changed);
    setCursorPosition(static_cast<int>(cursor));
    Q_EMIT textEdited(changed); // offers the values of a key just taken
}

void FilterField::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Undo)) {
        hideOffer();
        Q_EMIT undoWanted();
        return;
    }
    if (event->matches(QKeySequence::Redo)) {
        hideOffer();
        Q_EMIT redoWanted();
        return;
    }
    if (event->key() == Qt::Key_Space && event->modifiers() == Qt::ControlModifier) {
        offerNow();
        return;
    }
    if (isOffering()) {
        switch (event->key()) {
        case Qt::Key_Down: choose(m_offer->currentRow() + 1); return;
        case Qt::Key_Up: choose(m_offer->currentRow() < 0 ? m_offer->count() - 1 : m_offer->currentRow() - 1); return;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (m_offer->currentRow() >= 0) {
                take(m_offer->currentRow());
            } else {
                hideOffer();
            }
            return;
        case Qt::Key_Escape: hideOffer(); return;
        default: break;
        }
    }
    if (event->key() == Qt::Key_Down && m_below) {
        m_below->setFocus(Qt::TabFocusReason);
    } else if (event->key() == Qt::Key_Escape && !text().isEmpty()) {
        clear();
    } else {
        QLineEdit::keyPressEvent(event);
    }
}

bool FilterField::event(QEvent *event)
{
    if (event->type() == QEvent::KeyPress && isOffering()) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Tab && key->modifiers() == Qt::NoModifier) {
            take(std::max(m_offer->currentRow(), 0));
            return true;
        }
    }
    return QLineEdit::event(event);
}

void FilterField::focusOutEvent(QFocusEvent *event)
{
    hideOffer();
    QLineEdit::focusOutEvent(event);
}

void FilterField::hideEvent(QHideEvent *event)
{
    hideOffer();
    QLineEdit::hideEvent(event);
}

void FilterField::resizeEvent(QResizeEvent *event)
{
    hideOffer();
    QLineEdit::resizeEvent(event);
}

} // namespace Orgtrace::Ui
