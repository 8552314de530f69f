#include "mainwindow/statusrow.h"

#include "audit/coverage.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

/// Muted name, plain value; a problem in the colour of its severity, always with its word.
void setPart(QLabel *label, const QString &name, const QString &value, const QColor &colour = {})
{
    label->setVisible(!value.isEmpty());
    const QString shown
        = colour.isValid() ? u"<span style=\"color:%1\">%2</span>"_s.arg(colour.name(), value.toHtmlEscaped()) : value.toHtmlEscaped();
    label->setText(u"<span style=\"color:%1\">%2</span> %3"_s.arg(Theme::mutedText().name(), name.toHtmlEscaped(), shown));
    label->setAccessibleName(u"%1 %2"_s.arg(name, value));
}

} // namespace

StatusRow::StatusRow(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_coverage(new QLabel), m_audit(new QLabel), m_store(new QLabel), m_key(new QLabel),
    m_watch(new QLabel), m_snapshots(new QLabel), m_run(new QPushButton)
{
    setProperty("panel", true);
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(28);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(12, 0, 12, 0);
    row->setSpacing(22);
    for (QLabel *label : {m_coverage, m_audit, m_store, m_key, m_watch}) {
        label->setTextFormat(Qt::RichText);
        label->setFont(Theme::smallFont());
        row->addWidget(label);
    }
    m_watch->hide();
    row->addStretch(1);
    m_run->setProperty("flat", true);
    m_run->setFont(Theme::smallFont());
    m_run->hide();
    row->addWidget(m_run);
    m_snapshots->setTextFormat(Qt::RichText);
    m_snapshots->setFont(Theme::smallFont());
    row->addWidget(m_snapshots);
    connect(m_run, &QPushButton::clicked, this, &StatusRow::runClicked);
    connect(&session, &Session::organisationChanged, this, &StatusRow::refresh);
    connect(&session, &Session::timelineChanged, this, &StatusRow::refresh);
    connect(&session, &Session::rangeChanged, this, &StatusRow::refresh);
    connect(&session, &Session::findingsChanged, this, &StatusRow::refresh);
    connect(&session, &Session::proofChanged, this, &StatusRow::refresh);
    refresh();
}

void StatusRow::setWatch(const QString &text)
{
    m_watchText = text;
    setPart(m_watch, tr("Watch"), text);
}

void StatusRow::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) { // light to dark or back: the colours stand in the texts
        refresh();
        setPart(m_watch, tr("Watch"), m_watchText);
    }
}

void StatusRow::setRun(const QString &text)
{
    m_run->setText(text);
    m_run->setVisible(!text.isEmpty());
}

void StatusRow::refresh()
{
    if (!m_session.isOpen()) {
        setPart(m_coverage, tr("No store is open"), u" "_s);
        for (QLabel *label : {m_audit, m_store, m_key, m_snapshots}) {
            label->hide();
        }
        return;
    }
    const Evidence::SnapshotSummary *b = m_session.snapshot(m_session.idB());
    if (b) {
        const bool whole = b->domainsComplete == b->domainsTotal;
        const Session::Findings findings = m_session.findings();
        const qsizetype shortened = findings ? findings->shortenedB.size() : 0;
        QString text = tr("%1 of %2 domains").arg(b->domainsComplete).arg(b->domainsTotal);
        if (shortened > 0) {
            text += u", "_s + counted(shortened, tr("1 perhaps short"), tr("%1 perhaps short"));
        }
        setPart(m_coverage, tr("Coverage of B"), text, whole && shortened == 0 ? QColor() : Theme::severity(Policy::Severity::High));
        QString tip = whole ? tr("Every domain was read to its proven end.")
                            : tr("What was not read is shown as not comparable, never as deleted.");
        if (shortened > 0) {
            tip += u'\n'
                + tr("B's client saw some divisions only: %1.")
                      .arg(QStringList(findings->shortenedB.begin(), findings->shortenedB.end()).join(u", "_s));
        }
        m_coverage->setToolTip(tip.toHtmlEscaped().replace(u'\n', u"<br>"_s));
    } else {
        setPart(m_coverage, tr("Coverage"), tr("no snapshot yet"));
    }
    const QDateTime audit = Audit::completeTo(m_session.auditWindows());
    setPart(m_audit, tr("Audit"), audit.isValid() ? tr("complete to %1").arg(utcText(audit)) : tr("not pulled yet"));
    m_audit->setToolTip(audit.isValid() ? utcAndLocalText(audit) : tr("Pull audit to see who changed what."));

    const std::optional<Session::Proof> proof = m_session.proof();
    if (!proof) {
        setPart(m_store, tr("Store"), m_session.timeline().isEmpty() ? tr("empty") : tr("proof running …"));
        m_store->setToolTip({});
    } else if (proof->error) {
        setPart(m_store, tr("Store"), tr("could not be proven"), Theme::severity(Policy::Severity::High));
        m_store->setToolTip(errorText(*proof->error));
    } else if (!proof->problems.isEmpty()) {
        setPart(m_store, tr("Store"), counted(proof->problems.size(), tr("does not prove: 1 problem"), tr("does not prove: %1 problems")),
                Theme::severity(Policy::Severity::Critical));
        QStringList lines;
        for (const auto those = proof->problems.first(std::min<qsizetype>(proof->problems.size(), 10));
             const Evidence::Store::Problem &problem : those) {
            lines.append(u"%1 %2 %3: %4"_s.arg(shortId(problem.commit), problem.domain, problem.entity, problem.what).simplified());
        }
        m_store->setToolTip(lines.join(u'\n'));
    } else {
        setPart(m_store, tr("Store"), counted(proof->signatures, tr("proven, 1 signature valid"), tr("proven, %1 signatures valid")));
        m_store->setToolTip(tr("%1 commits: hashes, signatures and chain are right, as of %2.")
                                .arg(countText(proof->commits), utcAndLocalText(proof->provenUtc)));
    }
    const Session::Findings findings = m_session.findings();
    setPart(m_key, tr("Policy"), findings ? findings->policyName.section(u'/', -1) : QString());

    const QList<Evidence::SnapshotSummary> &timeline = m_session.timeline();
    const QString last = timeline.isEmpty()
        ? QString()
        : u" · "_s + QLocale::c().toString(timeline.constLast().observedUtc.toUTC().date(), u"d MMM yyyy"_s);
    setPart(m_snapshots, QString(), counted(timeline.size(), tr("%1 snapshot"), tr("%1 snapshots")) + last);
}

} // namespace Orgtrace::Ui
