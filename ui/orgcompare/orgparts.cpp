#include "orgcompare/orgparts.h"

#include "theme/theme.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int OrgCellMargin = 8, OrgSignWidth = 16;

QString signGlyph(OrgSign sign)
{
    switch (sign) {
    case OrgSign::None: return {};
    case OrgSign::OnlyLeft: return u"−"_s;
    case OrgSign::OnlyRight: return u"+"_s;
    case OrgSign::Differs: return u"≠"_s;
    case OrgSign::Unknown: return u"?"_s;
    case OrgSign::Matched: return u"="_s;
    case OrgSign::ByHand: break;
    }
    return u"✎"_s;
}

QColor signInk(OrgSign sign)
{
    switch (sign) {
    case OrgSign::OnlyLeft: return Theme::removed();
    case OrgSign::OnlyRight: return Theme::added();
    case OrgSign::Differs: return Theme::changed();
    case OrgSign::Unknown: return Theme::severity(Policy::Severity::High);
    case OrgSign::ByHand: return Theme::accent();
    case OrgSign::None:
    case OrgSign::Matched: break;
    }
    return Theme::mutedText();
}

} // namespace

QSize OrgDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {80, Theme::rowHeight()};
}

void OrgDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    painter->save();
    if (option.state & QStyle::State_Selected) {
        painter->fillRect(option.rect, Theme::accentTint());
    }
    QRect room = option.rect.adjusted(index.column() == 0 ? m_lead : OrgCellMargin, 0, -OrgCellMargin, 0);
    const auto sign = static_cast<OrgSign>(index.data(OrgRole::Sign).toInt());
    if (!m_isEvidenceKnown || m_evidenceFor != option.font) {
        m_isEvidenceKnown = true;
        m_evidenceFor = option.font;
        m_evidence = Theme::monospace();
    }
    QFont font = index.data(OrgRole::IsEvidence).toBool() ? m_evidence : option.font;
    if (sign != OrgSign::None) {
        QFont bold = option.font;
        bold.setWeight(QFont::Bold);
        painter->setFont(bold);
        painter->setPen(signInk(sign));
        painter->drawText(QRect(room.left(), room.top(), OrgSignWidth - 4, room.height()), Qt::AlignCenter, signGlyph(sign));
        room.setLeft(room.left() + OrgSignWidth);
    }
    if (index.data(OrgRole::IsHeading).toBool()) {
        font.setWeight(QFont::DemiBold);
    }
    painter->setFont(font);
    const QFontMetrics metrics(font);
    const QString text = index.data().toString();
    const QString shown = metrics.elidedText(text, Qt::ElideRight, room.width());
    painter->setPen(sign == OrgSign::None ? Theme::text() : signInk(sign));
    painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter, shown);
    int used = text.isEmpty() ? 0 : metrics.horizontalAdvance(shown) + OrgCellMargin;
    const auto behind = [&](const QString &words, const QFont &with) {
        room.setLeft(room.left() + used);
        if (words.isEmpty() || room.width() <= 24) {
            used = 0;
            return;
        }
        const QFontMetrics its(with);
        painter->setFont(with);
        painter->setPen(Theme::mutedText());
        painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter, its.elidedText(words, Qt::ElideRight, room.width()));
        used = its.horizontalAdvance(words) + OrgCellMargin;
    };
    behind(index.data(OrgRole::Id).toString(), m_evidence);
    behind(index.data(OrgRole::Detail).toString(), option.font);
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), Theme::hairline());
    painter->restore();
}

void OrgTree::drawRow(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QTreeView::drawRow(painter, option, index);
    painter->fillRect(QRect(0, option.rect.bottom(), viewport()->width(), 1), Theme::hairline());
}

ChoiceChips::ChoiceChips(const QStringList &words, QWidget *parent) : QWidget(parent), m_words(words), m_group(new QButtonGroup(this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    for (qsizetype i = 0; i < words.size(); ++i) {
        auto *chip = new QPushButton(words[i]);
        chip->setProperty("flat", true);
        chip->setFlat(true);
        chip->setCheckable(true);
        m_group->addButton(chip, int(i));
        row->addWidget(chip);
    }
    m_group->button(0)->setChecked(true);
    connect(m_group, &QButtonGroup::idToggled, this, [this](int chip, bool isOn) {
        if (isOn) {
            Q_EMIT currentChanged(chip);
        }
    });
}

void ChoiceChips::setCounts(const QList<qint64> &counts)
{
    for (qsizetype i = 0; i < m_words.size(); ++i) {
        const qint64 count = counts.value(i);
        QAbstractButton *chip = m_group->button(int(i));
        chip->setText(u"%1  %2"_s.arg(m_words[i], countText(count)));
        chip->setVisible(i == 0 || count > 0 || chip->isChecked());
    }
}

int ChoiceChips::current() const
{
    return m_group->checkedId();
}

void ChoiceChips::setCurrent(int chip)
{
    m_group->button(chip)->setVisible(true);
    m_group->button(chip)->setChecked(true);
}

} // namespace Orgtrace::Ui
