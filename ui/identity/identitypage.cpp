#include "identity/identitypage.h"

#include "capture/capturedelegate.h"
#include "capture/capturemodel.h"
#include "capture/capturewords.h"
#include "diff/displaytext.h"
#include "identity/identitymodel.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QTableView>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using Operations::Workspace;

namespace {
constexpr int LeastSide = 280, MostSide = 380;
constexpr int IdentityNarrowFrom = 1180, IdentityVeryNarrowFrom = 1000; // what a narrow window leaves out first
constexpr qsizetype MostLines = 60;
} // namespace

IdentityPage::IdentityPage(QWidget *parent) :
    QWidget(parent), m_model(new IdentityModel(this)), m_order(new CaptureFilter(this)), m_title(new QLabel), m_verdict(new QLabel),
    m_again(new QPushButton(tr("Check again"))), m_close(new QPushButton(tr("Close"))), m_copy(new QPushButton(tr("Copy the list"))),
    m_table(new QTableView), m_side(new QScrollArea), m_body(new QWidget)
{
    build();
    connect(m_again, &QPushButton::clicked, this, &IdentityPage::againRequested);
    connect(m_close, &QPushButton::clicked, this, &IdentityPage::closeRequested);
    connect(m_copy, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(role());
        m_copy->setText(tr("Copied"));
    });
}

void IdentityPage::build()
{
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.35);
    big.setWeight(QFont::DemiBold);
    m_title->setFont(big);
    m_title->setTextFormat(Qt::PlainText);
    m_verdict->setTextFormat(Qt::PlainText);
    m_verdict->setWordWrap(true);
    m_verdict->setProperty("muted", true);
    m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_copy->setAccessibleDescription(tr("A permission a line, for the role that an administrator makes"));

    m_order->setSourceModel(m_model);
    m_order->setTroubleFirst(true);
    m_table->setModel(m_order);
    setUpDomainTable(*m_table);
    m_table->setAccessibleName(tr("What each domain needs, and whether it is held"));
    const int widths[] = {220, 116, 310};
    for (int i = 0; i < static_cast<int>(std::size(widths)); ++i) {
        m_table->setColumnWidth(i, widths[i]);
    }

    auto *sections = new QWidget;
    m_sections = new QVBoxLayout(sections);
    m_sections->setContentsMargins(20, 4, 20, 20);
    m_sections->setSpacing(4);
    m_side->setWidget(sections);
    m_side->setWidgetResizable(true);
    m_side->setFrameShape(QFrame::NoFrame);
    m_side->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);

    auto *head = new QHBoxLayout;
    head->setContentsMargins(24, 20, 24, 14);
    head->setSpacing(8);
    auto *words = new QVBoxLayout;
    words->setSpacing(3);
    words->addWidget(m_title);
    words->addWidget(m_verdict);
    head->addLayout(words, 1);
    head->addWidget(m_again, 0, Qt::AlignTop);
    head->addWidget(m_close, 0, Qt::AlignTop);
    const auto hairline = [](bool isVertical) {
        auto *line = new QWidget;
        line->setProperty("hairline", true);
        line->setAttribute(Qt::WA_StyledBackground);
        isVertical ? line->setFixedWidth(1) : line->setFixedHeight(1);
        return line;
    };
    auto *body = new QHBoxLayout(m_body);
    body->setContentsMargins(24, 0, 0, 0);
    body->setSpacing(0);
    body->addWidget(m_table, 1);
    body->addWidget(hairline(true));
    body->addWidget(m_side);
    setFocusProxy(m_table);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(hairline(false));
    column->addWidget(m_body, 1);
    column->addStretch(0);
}

void IdentityPage::showAsking(const QString &organisation)
{
    m_organisation = visibleText(organisation, 80);
    m_isAsking = true;
    m_title->setText(tr("What may be seen in %1").arg(m_organisation));
    m_verdict->setText(tr("Asking the platform what this client holds …"));
    m_again->setEnabled(false);
    m_body->hide();
}

void IdentityPage::showError(const Error &error)
{
    m_isAsking = false;
    m_again->setEnabled(true);
    m_verdict->setText(error.code == ErrorCode::Cancelled ? tr("Cancelled, as you asked.") : visibleText(errorText(error), 700));
    m_body->hide();
}

QString IdentityPage::verdict() const
{
    return m_verdict->text();
}

void IdentityPage::addSection(const QString &title, const QString &text)
{
    if (!title.isEmpty()) {
        auto *heading = new QLabel(title.toUpper());
        QFont font = Theme::smallFont();
        font.setWeight(QFont::DemiBold);
        font.setLetterSpacing(QFont::PercentageSpacing, 104);
        heading->setFont(font);
        heading->setProperty("muted", true);
        heading->setContentsMargins(0, 14, 0, 2);
        m_sections->addWidget(heading);
    }
    if (!text.isEmpty()) {
        auto *words = new QLabel;
        words->setTextFormat(Qt::PlainText);
        words->setText(text);
        words->setWordWrap(true);
        words->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        m_sections->addWidget(words);
    }
}

void IdentityPage::addLines(const QStringList &lines, bool isMono)
{
    QStringList shown;
    for (const auto some = lines.first(std::min(lines.size(), MostLines)); const QString &line : some) {
        shown.append(visibleText(line, 300));
    }
    if (lines.size() > MostLines) {
        shown.append(tr("… and %1 more").arg(countText(lines.size() - MostLines)));
    }
    auto *list = new QLabel;
    list->setTextFormat(Qt::PlainText);
    list->setText(shown.join(u'\n'));
    list->setWordWrap(true);
    list->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    if (isMono) {
        list->setFont(Theme::monospace());
    }
    m_sections->addWidget(list);
}

void IdentityPage::showCheck(const Workspace::Check &check)
{
    m_isAsking = false;
    m_again->setEnabled(true);
    const QString who = check.subjectName.isEmpty() ? shortId(check.subjectId) : check.subjectName;
    m_title->setText(tr("What %1 may see in %2").arg(visibleText(who, 80), visibleText(check.organisationName, 80)));
    m_verdict->setText(identityVerdict(check));
    m_model->setCheck(check);
    m_role = check.leastPrivilege;
    m_sections->removeWidget(m_copy);
    m_copy->setParent(this);
    m_copy->setText(tr("Copy the list"));
    while (QLayoutItem *item = m_sections->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (check.grantsLeftOut > 0) {
        addSection(tr("Too many grants"),
                   counted(check.grantsLeftOut, tr("1 grant of this identity was not looked at: it may hold more than is said here."),
                           tr("%1 grants of this identity were not looked at: it may hold more than is said here.")));
    }
    if (!check.partial.isEmpty()) {
        addSection(tr("Divisions that shorten lists"),
                   tr("The platform leaves out what lies in other divisions, without an error. Grant the role in all divisions."));
        QStringList lines;
        for (const Workspace::Partial &partial : check.partial) {
            lines.append(u"%1: %2"_s.arg(partial.permission, partialText(partial, MostLines)));
        }
        addLines(lines, false);
    }
    if (check.canWrite.isEmpty()) {
        addSection(tr("Separation of duties"), tr("This client can only look. That is how it should be."));
    } else {
        addSection(tr("Separation of duties"),
                   counted(check.canWrite.size(),
                           tr("Beyond looking, this client holds 1 permission to change things. An auditing identity should not."),
                           tr("Beyond looking, this client holds %1 permissions to change things. An auditing identity should not.")));
        addLines(check.canWrite, true);
        const auto isNeeded = [&check](const QString &permission) { return check.leastPrivilegeWriting.contains(permission); };
        if (const auto needed = std::ranges::count_if(check.canWrite, isNeeded); needed > 0) {
            addSection({},
                       counted(needed, tr("1 of these is the only way to read some domains; see below."),
                               tr("%1 of these are the only way to read some domains; see below.")));
        }
    }
    addSection(tr("Role to create"), tr("These permissions, granted in all divisions, are enough for what is captured:"));
    addLines(check.leastPrivilege, true);
    m_sections->addSpacing(6);
    m_sections->addWidget(m_copy, 0, Qt::AlignLeft);
    m_copy->show();
    if (!check.leastPrivilegeWriting.isEmpty()) {
        addSection(tr("What reads and writes"),
                   tr("For some domains the platform knows no permission that only looks. Leave these out of the role for a client that "
                      "cannot change "
                      "anything; their domains are then forbidden, and said to be."));
        addLines(check.leastPrivilegeWriting, true);
    }
    m_sections->addStretch(1);
    m_body->show();
    m_table->scrollToTop();
}

void IdentityPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_side->setFixedWidth(std::clamp(width() * 27 / 100, LeastSide, MostSide));
    m_table->setColumnHidden(IdentityModel::GroupColumn, width() < IdentityNarrowFrom);
    m_table->setColumnHidden(IdentityModel::PermissionColumn, width() < IdentityVeryNarrowFrom); // it stands in the tool tip
}

void IdentityPage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        Q_EMIT closeRequested();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace Orgtrace::Ui
