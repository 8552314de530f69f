#include "evidencepanel/evidencepanel.h"

#include "audit/auditcoverage.h"
#include "audit/auditwords.h"
#include "diff/displaytext.h"
#include "evidencepanel/fieldlistmodel.h"
#include "evidencepanel/selectabletext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QClipboard>
#include <QFrame>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

constexpr qsizetype EventsShown = 5;

/// Severity as shape and word.
class SeverityMark final : public QWidget
{
public:
    explicit SeverityMark(Policy::Severity severity, QWidget *parent) : QWidget(parent), m_severity(severity)
    {
        setFixedSize(14, 20);
        setAccessibleName(severityText(severity));
        setToolTip(severityText(severity));
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        paintSeverity(painter, QRectF(1, 4, 12, 12), m_severity);
    }

private:
    Policy::Severity m_severity;
};

QHash<QString, QString> byId(const QHash<QString, QString> &names)
{
    QHash<QString, QString> out;
    for (auto it = names.begin(); it != names.end(); ++it) {
        out.insert(it.key().section(u'/', 1), it.value());
    }
    return out;
}

} // namespace

struct EvidencePanel::Private {
    Private(EvidencePanel *panel, Session &s) : q(panel), session(s) { }
    EvidencePanel *q;
    Session &session;
    QWidget *content = nullptr;
    QVBoxLayout *layout = nullptr;
    QListView *fields = nullptr;
    FieldListModel model;
    SelectableText *signature = nullptr;
    QTimer later;
    int stage = 0; ///< of making what is shown next; the last one stays on screen until then
    std::unique_ptr<QWidget> unseen; ///< content, while it is being made

    bool step(); ///< false: done
    void clear();
    void heading(const QString &text);
    QVBoxLayout *card();
    SelectableText *text(QLayout *into, const QString &words, SelectableText::Style style = SelectableText::Style::Plain);
    void copyRow(QLayout *into, const QString &label, const QString &full);
    void who(const Report::Finding &finding, const Operations::RangeFindings &range);
    void why(const Report::Finding &finding, const Operations::RangeFindings &range);
    void rule(const Policy::Verdict &verdict, const Operations::RangeFindings &range);
    void evidence(const Report::Finding &finding, const Operations::RangeFindings &range);
    void showSignature();
    void fieldList(const Compare::EntityChange &change, const Operations::RangeFindings &range);
    [[nodiscard]] QHash<QString, QString> namesOf(const Operations::RangeFindings &range) const
    {
        return session.names() ? session.names()->all : range.names;
    }
    [[nodiscard]] QHash<QString, QString> namesById(const Operations::RangeFindings &range) const
    {
        return session.names() ? session.names()->byId : byId(range.names);
    }
    [[nodiscard]] std::pair<QDateTime, QDateTime> window(const QString &domain, const Operations::RangeFindings &range) const;
};

EvidencePanel::EvidencePanel(Session &session, QWidget *parent) : QScrollArea(parent), d(std::make_unique<Private>(this, session))
{
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Evidence"));
    setMinimumWidth(220);
    // In short steps of its own, begun once however many selections came before: a held key must not wait for what nobody reads.
    d->later.setSingleShot(true);
    d->later.setInterval(0);
    connect(&d->later, &QTimer::timeout, this, [this] {
        if (d->step()) {
            d->later.start();
        }
    });
    const auto refresh = [this] {
        d->stage = 0;
        d->later.start();
    };
    connect(&session, &Session::findingsChanged, this, refresh);
    connect(&session, &Session::currentFindingChanged, this, refresh);
    connect(&session, &Session::namesChanged, this, refresh);
    connect(&session, &Session::storeClosed, this, refresh);
    connect(&session, &Session::storeOpened, this, refresh);
    connect(&session, &Session::proofChanged, this, [this] { d->showSignature(); });
    connect(&session, &Session::currentPointerChanged, this, [this](const QString &pointer) {
        if (d->fields) {
            d->fields->setCurrentIndex(d->model.indexOf(pointer, d->session.currentSide()));
        }
    });
    d->step(); // nothing is chosen yet: one step
}

EvidencePanel::~EvidencePanel() = default;

QSize EvidencePanel::sizeHint() const
{
    return {290, 600};
}

void EvidencePanel::Private::clear()
{
    fields = nullptr;
    signature = nullptr;
    unseen = std::make_unique<QWidget>();
    content = unseen.get();
    layout = new QVBoxLayout(content);
    layout->setContentsMargins(14, 12, 14, 16);
    layout->setSpacing(7);
}

void EvidencePanel::Private::heading(const QString &text)
{
    auto *label = new QLabel(text, content);
    QFont font = Theme::smallFont();
    font.setBold(true);
    font.setLetterSpacing(QFont::AbsoluteSpacing, 0.4);
    font.setCapitalization(QFont::AllUppercase);
    label->setFont(font);
    label->setProperty("muted", true);
    if (layout->count() > 0) {
        layout->addSpacing(9);
    }
    layout->addWidget(label);
}

QVBoxLayout *EvidencePanel::Private::card()
{
    auto *frame = new QFrame(content);
    frame->setProperty("card", true);
    auto *inner = new QVBoxLayout(frame);
    inner->setContentsMargins(12, 9, 10, 9);
    inner->setSpacing(3);
    layout->addWidget(frame);
    return inner;
}

SelectableText *EvidencePanel::Private::text(QLayout *into, const QString &words, SelectableText::Style style)
{
    auto *made = new SelectableText(content);
    made->addParagraph(words, style);
    into->addWidget(made);
    return made;
}

void EvidencePanel::Private::copyRow(QLayout *into, const QString &label, const QString &full)
{
    auto *row = new QWidget(content);
    auto *inner = new QHBoxLayout(row);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(4);
    auto *words = new QVBoxLayout; // its first line beside the button's, which stands inside border and padding
    words->setContentsMargins(0, 4, 0, 0);
    text(words, label, SelectableText::Style::Muted);
    inner->addLayout(words, 1);
    auto *button = new QPushButton(EvidencePanel::tr("copy"), row);
    button->setFlat(true);
    button->setProperty("flat", true);
    button->setFont(Theme::smallFont());
    button->setToolTip(full);
    button->setAccessibleName(EvidencePanel::tr("Copy %1").arg(label));
    QObject::connect(button, &QPushButton::clicked, button, [full] { QGuiApplication::clipboard()->setText(full); });
    inner->addWidget(button, 0, Qt::AlignTop);
    into->addWidget(row);
}

std::pair<QDateTime, QDateTime> EvidencePanel::Private::window(const QString &domain, const Operations::RangeFindings &range) const
{
    // From the domain's first request in A to its last response in B, by the server's clock (design, rule 3).
    const Evidence::LedgerRow *a = range.manifestA.row(domain);
    const Evidence::LedgerRow *b = range.manifestB.row(domain);
    QDateTime from = a && a->firstRequestUtc.isValid() ? a->firstRequestUtc.addMSecs(a->clockOffsetMs) : range.difference.from.observedUtc;
    QDateTime to = b && b->lastResponseUtc.isValid() ? b->lastResponseUtc.addMSecs(b->clockOffsetMs) : range.difference.to.observedUtc;
    return {from, to};
}

bool EvidencePanel::Private::step()
{
    const Session::Findings range = session.findings();
    const int at = session.currentFinding();
    const bool isChosen = range && at >= 0 && at < range->findings.size();
    const Report::Finding *finding = isChosen ? &range->findings[at] : nullptr;
    stage = finding ? stage : 0;
    switch (stage++) {
    case 0:
        clear();
        if (finding) {
            who(*finding, *range);
            return true;
        }
        heading(EvidencePanel::tr("Evidence"));
        text(layout,
             !session.isOpen()           ? EvidencePanel::tr("Open a store to see who changed what, and what proves it.")
                 : session.isComputing() ? EvidencePanel::tr("Comparing A and B…")
                 : !range                ? EvidencePanel::tr("Choose A and B on the timeline.")
                          : EvidencePanel::tr("Choose a change to see who made it, the rule that judged it, and what proves it."),
             SelectableText::Style::Muted);
        break;
    case 1: why(*finding, *range); return true;
    case 2:
        rule(finding->judged.verdict, *range);
        evidence(*finding, *range);
        return true;
    default: fieldList(finding->judged.change, *range);
    }
    layout->addStretch(1);
    const int scroll = finding ? q->verticalScrollBar()->value() : 0;
    q->setWidget(unseen.release()); // whole, so that it is laid out once; deletes the one before
    q->verticalScrollBar()->setValue(scroll);
    return false;
}

void EvidencePanel::Private::who(const Report::Finding &finding, const Operations::RangeFindings &range)
{
    heading(EvidencePanel::tr("Who, when, from where"));
    const auto [from, to] = window(finding.judged.change.domain, range);
    if (finding.events.isEmpty()) {
        const AuditCoverage covered = auditCoverage(range.auditWindows, from, to);
        QVBoxLayout *inner = card();
        if (!covered.wasQueried) {
            text(inner, EvidencePanel::tr("Audit not queried for this time: unknown"), SelectableText::Style::Strong);
            text(inner, EvidencePanel::tr("Pull audit for %1 to %2 to learn who it was.").arg(utcText(from), utcText(to)),
                 SelectableText::Style::Muted);
        } else {
            text(inner, EvidencePanel::tr("No audit event of this entity was seen between A and B"), SelectableText::Style::Strong);
            text(inner, coverageText(covered), SelectableText::Style::Muted);
        }
        return;
    }
    for (const auto those = finding.events.first(std::min(EventsShown, finding.events.size())); const Audit::Event &event : those) {
        QVBoxLayout *inner = card();
        auto *words = text(inner, eventSentence(event, namesOf(range)), SelectableText::Style::Strong);
        words->addParagraph(utcAndLocalText(event.timeUtc), SelectableText::Style::Muted);
        const QString origin = originText(event);
        words->addParagraph(origin.isEmpty() ? EvidencePanel::tr("from an address the log does not name")
                                             : EvidencePanel::tr("from %1").arg(origin),
                            SelectableText::Style::Muted);
        for (const auto some = event.changes.first(std::min<qsizetype>(4, event.changes.size()));
             const Audit::PropertyChange &change : some) {
            const auto joined = [](const QStringList &values) { return values.isEmpty() ? u"–"_s : visibleText(values.join(u", "_s), 80); };
            words->addParagraph(visibleText(change.property, 60) + u": "_s + joined(change.oldValues) + u" → "_s + joined(change.newValues),
                                SelectableText::Style::Muted);
        }
        QStringList tail;
        if (!event.clientId.isEmpty()) {
            tail.append(EvidencePanel::tr("client: %1")
                            .arg(visibleText(namesOf(range).value(u"oauth_clients/"_s + event.clientId, shortId(event.clientId)), 60)));
        }
        tail.append(EvidencePanel::tr("event %1").arg(shortId(event.id)));
        copyRow(inner, tail.join(u" · "_s), event.id);
    }
    if (finding.events.size() > EventsShown) {
        auto *more = new QPushButton(EvidencePanel::tr("%1 more in Audit").arg(countText(finding.events.size() - EventsShown)), content);
        more->setFlat(true);
        more->setProperty("flat", true);
        QObject::connect(more, &QPushButton::clicked, q, [this, id = finding.events[EventsShown].id] { Q_EMIT q->eventActivated(id); });
        layout->addWidget(more, 0, Qt::AlignLeft);
    }
}

void EvidencePanel::Private::why(const Report::Finding &finding, const Operations::RangeFindings &range)
{
    heading(EvidencePanel::tr("Why we think so"));
    const auto [from, to] = window(finding.judged.change.domain, range);
    QVBoxLayout *inner = card();
    QString words;
    if (finding.events.isEmpty()) {
        words = EvidencePanel::tr("Nothing explains this change yet.");
    } else if (finding.events.size() == 1) {
        words = EvidencePanel::tr(
            "The event above names this entity and lies inside the change's window. Whether it is the cause is not claimed.");
    } else {
        words = EvidencePanel::tr("The %1 events above name this entity and lie inside the change's window. Which of them is the cause, if "
                                  "any, is not claimed.")
                    .arg(countText(finding.events.size()));
    }
    text(inner, words);
    if (range.isMerelyUnseen(finding.judged.change)) {
        text(
            inner,
            finding.judged.change.kind == Compare::ChangeKind::Removed
                ? EvidencePanel::tr("Perhaps it was not removed: the client of B saw this domain in some divisions only, and the platform "
                                    "leaves out the rest without an error.")
                : EvidencePanel::tr("Perhaps it was there before: the client of A saw this domain in some divisions only, and the platform "
                                    "leaves out the rest without an error."),
            SelectableText::Style::Strong);
    }
    text(inner, EvidencePanel::tr("Window: %1 to %2").arg(utcText(from), utcText(to)), SelectableText::Style::Muted);
    const AuditCoverage covered = auditCoverage(range.auditWindows, from, to);
    if (!finding.events.isEmpty() && !covered.isWhole()) {
        text(inner, coverageText(covered), SelectableText::Style::Muted);
    }
}

void EvidencePanel::Private::rule(const Policy::Verdict &verdict, const Operations::RangeFindings &range)
{
    heading(EvidencePanel::tr("Rule"));
    QVBoxLayout *inner = card();
    auto *row = new QHBoxLayout;
    row->setSpacing(7);
    row->addWidget(new SeverityMark(verdict.severity, content), 0, Qt::AlignTop);
    text(row, visibleText(verdict.title.isEmpty() ? severityText(verdict.severity) : verdict.title, 160), SelectableText::Style::Strong);
    inner->addLayout(row);
    QStringList words{severityText(verdict.severity)};
    if (!range.policyName.isEmpty()) {
        words.append(EvidencePanel::tr("policy %1").arg(visibleText(range.policyName, 80)));
    }
    if (!verdict.rule.isEmpty()) {
        words.append(EvidencePanel::tr("rule %1").arg(visibleText(verdict.rule, 80)));
    }
    auto *line = text(inner, words.join(u" · "_s), SelectableText::Style::Muted);
    if (!verdict.field.isEmpty()) {
        const QHash<QString, QString> names = namesById(range);
        line->addParagraph(EvidencePanel::tr("decided by %1")
                               .arg(visibleText(withNames(verdict.field, [&names](const QString &id) { return names.value(id); }), 160)),
                           SelectableText::Style::Muted);
    }
}

void EvidencePanel::Private::evidence(const Report::Finding &finding, const Operations::RangeFindings &range)
{
    heading(EvidencePanel::tr("Evidence"));
    auto *holder = new QWidget(content);
    auto *rows = new QVBoxLayout(holder);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    layout->addWidget(holder);
    copyRow(rows,
            EvidencePanel::tr("A commit %1").arg(range.difference.from.id.first(std::min<qsizetype>(7, range.difference.from.id.size()))),
            range.difference.from.id);
    copyRow(rows, EvidencePanel::tr("B commit %1").arg(range.difference.to.id.first(std::min<qsizetype>(7, range.difference.to.id.size()))),
            range.difference.to.id);
    const QString &domain = finding.judged.change.domain;
    for (const auto &[letter, manifest] : {std::pair(u"A"_s, &range.manifestA), std::pair(u"B"_s, &range.manifestB)}) {
        const Evidence::LedgerRow *row = manifest->row(domain);
        if (row && !row->root.isEmpty()) {
            copyRow(rows, EvidencePanel::tr("%1 manifest root sha256 %2").arg(letter, shortId(row->root)), row->root);
        }
        if (row && row->state == Evidence::LedgerState::Carried) {
            text(rows, EvidencePanel::tr("%1 was carried from an earlier snapshot: not read anew.").arg(letter),
                 SelectableText::Style::Muted);
        }
    }
    copyRow(rows, EvidencePanel::tr("entity %1").arg(visibleText(shortId(finding.judged.change.entity), 60)), finding.judged.change.entity);
    signature = text(rows, QString(), SelectableText::Style::Muted);
    showSignature();
}

void EvidencePanel::Private::showSignature()
{
    if (!signature) {
        return;
    }
    const std::optional<Session::Proof> proof = session.proof();
    signature->clearParagraphs();
    if (!proof) {
        signature->addParagraph(EvidencePanel::tr("signature: not checked yet"), SelectableText::Style::Muted);
        return;
    }
    if (proof->error) {
        signature->addParagraph(EvidencePanel::tr("The store could not be proven."), SelectableText::Style::Strong);
        signature->addParagraph(errorText(*proof->error), SelectableText::Style::Muted);
        return;
    }
    QList<Evidence::Store::Problem> mine;
    for (const Evidence::Store::Problem &problem : proof->problems) {
        if (problem.commit.isEmpty() || problem.commit == session.idA() || problem.commit == session.idB()) {
            mine.append(problem);
        }
    }
    if (!mine.isEmpty()) {
        signature->addParagraph(EvidencePanel::tr("This evidence does not prove"), SelectableText::Style::Strong);
        for (const auto those = mine.first(std::min<qsizetype>(4, mine.size())); const Evidence::Store::Problem &problem : those) {
            signature->addParagraph(visibleText(problem.what, 200), SelectableText::Style::Muted);
        }
        return;
    }
    signature->addParagraph(
        proof->signatures > 0
            ? EvidencePanel::tr("signature valid · %1 signatures proven %2").arg(countText(proof->signatures), utcText(proof->provenUtc))
            : EvidencePanel::tr("not signed"),
        SelectableText::Style::Muted);
    if (!proof->problems.isEmpty()) {
        signature->addParagraph(EvidencePanel::tr("Other snapshots of this store do not prove: see the status line."),
                                SelectableText::Style::Muted);
    }
    if (const Operations::Workspace *workspace = session.workspace()) {
        const QByteArrayList lines = workspace->store().allowedSigners().trimmed().split('\n');
        for (const auto those = lines.first(std::min<qsizetype>(2, lines.size())); const QByteArray &line : those) {
            // "principal [options] ssh-ed25519 AAAA… comment"
            const QByteArrayList parts = line.simplified().split(' ');
            const qsizetype type = parts.indexOf("ssh-ed25519");
            if (!line.startsWith('#') && type > 0 && type + 1 < parts.size()) {
                const QString key = QString::fromUtf8(parts[type + 1]);
                signature->addParagraph(EvidencePanel::tr("allowed signer %1 · key …%2")
                                            .arg(visibleText(QString::fromUtf8(parts[0]), 60), visibleText(key.right(10), 12)),
                                        SelectableText::Style::Muted);
            }
        }
    }
}

void EvidencePanel::Private::fieldList(const Compare::EntityChange &change, const Operations::RangeFindings &range)
{
    model.setFields(change.fields, namesById(range), session.names() ? session.names()->oldById : QHash<QString, QString>());
    if (change.fields.isEmpty()) {
        return; // added or removed as a whole
    }
    heading(change.fields.size() == 1 ? EvidencePanel::tr("1 field") : EvidencePanel::tr("%1 fields").arg(countText(change.fields.size())));
    fields = new QListView(content);
    fields->setFrameShape(QFrame::NoFrame);
    fields->setUniformItemSizes(true);
    fields->setTextElideMode(Qt::ElideMiddle);
    fields->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    fields->setFont(Theme::smallFont());
    fields->setAccessibleName(EvidencePanel::tr("Changed fields"));
    fields->setModel(&model);
    const int rows = int(std::min<qsizetype>(12, change.fields.size()));
    fields->setFixedHeight(rows * std::max(20, fields->sizeHintForRow(0)) + 4);
    layout->addWidget(fields);
    fields->setCurrentIndex(model.indexOf(session.currentPointer(), session.currentSide()));
    const auto choose = [this](const QModelIndex &index) {
        const bool isGone = index.data(FieldListModel::KindRole).toInt() == int(Compare::FieldKind::Removed);
        session.setCurrentPointer(index.data(FieldListModel::PointerRole).toString(), isGone ? Side::Left : Side::Right);
    };
    QObject::connect(fields, &QListView::clicked, q, choose);
    QObject::connect(fields, &QListView::activated, q, choose);
    QObject::connect(fields->selectionModel(), &QItemSelectionModel::currentChanged, q, [this, choose](const QModelIndex &now) {
        if (now.isValid() && fields && fields->hasFocus()) {
            choose(now);
        }
    });
}

} // namespace Orgtrace::Ui
