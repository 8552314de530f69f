#include "access/accesswidgets.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QHeaderView>
#include <QLabel>
#include <QSignalBlocker>
#include <QTableView>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

QLabel *headingLabel(QWidget *parent)
{
    auto *label = new QLabel(parent);
    QFont font = Theme::smallFont();
    font.setBold(true);
    font.setLetterSpacing(QFont::AbsoluteSpacing, 0.4);
    font.setCapitalization(QFont::AllUppercase);
    label->setFont(font);
    label->setProperty("muted", true);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QLabel *caveatLabel(QWidget *parent)
{
    auto *label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setContentsMargins(14, 7, 14, 7);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    label->setAutoFillBackground(true);
    label->hide();
    return label;
}

void setCaveats(QLabel *label, const QStringList &caveats)
{
    constexpr qsizetype shown = 4, inTip = 40;
    QPalette amber = label->palette();
    amber.setColor(QPalette::Window, Theme::rowChanged());
    amber.setColor(QPalette::WindowText, Theme::text());
    label->setPalette(amber);
    QStringList lines, tip;
    for (qsizetype i = 0; i < std::min(caveats.size(), inTip); ++i) {
        (i < shown ? lines : tip).append(u"· "_s + visibleText(caveats[i], 300));
    }
    if (caveats.size() > shown) {
        lines.append(QCoreApplication::translate("Access", "· and %1 more").arg(countText(caveats.size() - shown)));
    }
    label->setText(QCoreApplication::translate("Access", "What is not known here:") + u'\n' + lines.join(u'\n'));
    label->setToolTip(tip.isEmpty() ? QString()
                                    : QString(u"<p style='white-space:pre-wrap'>"_s + tip.join(u'\n').toHtmlEscaped() + u"</p>"_s));
    label->setVisible(!caveats.isEmpty());
}

QLabel *emptyLabel(QWidget *parent)
{
    auto *label = new QLabel(parent);
    label->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setContentsMargins(30, 70, 30, 30);
    label->setProperty("muted", true);
    return label;
}

QWidget *accessHairline(QWidget *parent)
{
    auto *line = new QWidget(parent);
    line->setProperty("hairline", true);
    line->setAttribute(Qt::WA_StyledBackground);
    line->setFixedHeight(1);
    return line;
}

QTableView *plainTable(QWidget *parent)
{
    auto *table = new QTableView(parent);
    table->setFrameShape(QFrame::NoFrame);
    table->setShowGrid(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(Theme::rowHeight());
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setHighlightSections(false);
    table->setWordWrap(false);
    return table;
}

QComboBox *divisionBox(QWidget *parent)
{
    auto *box = new QComboBox(parent);
    box->setAccessibleName(QCoreApplication::translate("Access", "Division"));
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(11);
    box->setMaxVisibleItems(20);
    box->setToolTip(QCoreApplication::translate("Access", "Only what is held in this division, or in all"));
    fillDivisions(box, {});
    return box;
}

void fillDivisions(QComboBox *box, const QList<Access::Division> &divisions)
{
    const QSignalBlocker quiet(box);
    const QString before = box->currentData().toString();
    box->clear();
    box->addItem(QCoreApplication::translate("Access", "any division"), QString());
    for (const Access::Division &division : divisions) {
        box->addItem(visibleText(division.name.isEmpty() ? shortId(division.id) : division.name, 60), division.id);
    }
    box->setCurrentIndex(std::max(0, box->findData(before)));
}

QString highRiskTip()
{
    return QCoreApplication::translate("Access", "Only the rights that lead to every other: admin-roles permissions of the policy");
}

} // namespace Orgtrace::Ui
