#include "audit/auditpage.h"

#include "audit/auditcoverage.h"
#include "audit/auditmodel.h"
#include "audit/auditwords.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QFutureWatcher>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

constexpr qsizetype FilteredAtOnce = 20'000; ///< events; of more a worker makes the list

struct Read {
    AuditEventsPtr events;
    std::optional<Error> error;
};

Read readRange(const QString &folder, const QString &organisation, const QDateTime &from, const QDateTime &to,
               const QHash<QString, QString> &names)
{
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return {nullptr, store.error()};
    }
    const Result<QList<Evidence::AuditLine>> lines = store->auditEvents(organisation, from, to);
    if (!lines) {
        return {nullptr, lines.error()};
    }
    return {readEvents(*lines, names), std::nullopt};
}

} // namespace

struct AuditPage::Private {
    Private(AuditPage *page, Session &s) : q(page), session(s) { }
    AuditPage *q;
    Session &session;
    QLabel *coverage = nullptr, *count = nullptr, *empty = nullptr;
    QLineEdit *filter = nullptr;
    QTableView *table = nullptr;
    QPlainTextEdit *raw = nullptr;
    QLabel *rawTitle = nullptr;
    QSplitter *splitter = nullptr;
    AuditModel model;
    AuditEventsPtr events;
    QHash<QString, QString> names;
    [[nodiscard]] QHash<QString, QString> known(const Operations::RangeFindings &range) const
    {
        return session.names() ? session.names()->all : range.names;
    }
    int job = 0, filterJob = 0;
    QString wanted; ///< event to select when the rows are there
    QTimer delay;

    void build();
    void refresh();
    void took(const Read &read);
    void applyFilter();
    void showRows(QList<int> rows);
    void mark();
    void showRaw();
    void say(const QString &headline, const QString &sentence);
    [[nodiscard]] QDateTime from() const;
    [[nodiscard]] QDateTime to() const;
};

AuditPage::AuditPage(Session &session, QWidget *parent) : QWidget(parent), d(std::make_unique<Private>(this, session))
{
    d->build();
    connect(&session, &Session::findingsChanged, this, [this] { d->refresh(); });
    connect(&session, &Session::namesChanged, this, [this] { d->refresh(); });
    connect(&session, &Session::storeClosed, this, [this] { d->refresh(); });
    connect(&session, &Session::storeOpened, this, [this] { d->refresh(); });
    connect(&session, &Session::currentFindingChanged, this, [this] { d->mark(); });
    d->refresh();
}

AuditPage::~AuditPage() = default;

int AuditPage::eventCount() const
{
    return d->events ? int(d->events->events.size()) : 0;
}

void AuditPage::Private::build()
{
    coverage = new QLabel(q);
    coverage->setTextFormat(Qt::PlainText);
    coverage->setWordWrap(true);
    coverage->setContentsMargins(14, 7, 14, 7);
    coverage->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    coverage->setAutoFillBackground(true);
    filter = new QLineEdit(q);
    filter->setPlaceholderText(AuditPage::tr("filter: actor, action, entity, address, id"));
    filter->setClearButtonEnabled(true);
    filter->setMaxLength(400);
    filter->setAccessibleName(AuditPage::tr("Filter events"));
    count = new QLabel(q);
    count->setProperty("muted", true);
    table = new QTableView(q);
    table->setModel(&model);
    table->setFrameShape(QFrame::NoFrame);
    table->setShowGrid(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setWordWrap(false);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(Theme::rowHeight());
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setStretchLastSection(true);
    const int widths[] = {150, 112, 104, 214, 112};
    for (int i = 0; i < 5; ++i) {
        table->setColumnWidth(i, widths[i]);
    }
    table->setAccessibleName(AuditPage::tr("Audit events"));
    empty = new QLabel(q);
    empty->setTextFormat(Qt::PlainText);
    empty->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    empty->setWordWrap(true);
    empty->setContentsMargins(40, 80, 40, 40);
    empty->setProperty("muted", true);
    rawTitle = new QLabel(q);
    rawTitle->setTextFormat(Qt::PlainText);
    rawTitle->setProperty("muted", true);
    rawTitle->setTextInteractionFlags(Qt::TextSelectableByMouse);
    raw = new QPlainTextEdit(q);
    raw->setReadOnly(true);
    raw->setFrameShape(QFrame::NoFrame);
    raw->setFont(Theme::monospace());
    raw->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    raw->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    raw->setAccessibleName(AuditPage::tr("The event as it is kept, secrets fingerprinted"));
    raw->document()->setDocumentMargin(14);

    auto *bottom = new QWidget(q);
    auto *bottomLayout = new QVBoxLayout(bottom);
    bottomLayout->setContentsMargins(0, 0, 0, 0);
    bottomLayout->setSpacing(0);
    auto *titleRow = new QHBoxLayout;
    titleRow->setContentsMargins(14, 6, 14, 4);
    titleRow->addWidget(rawTitle);
    bottomLayout->addLayout(titleRow);
    bottomLayout->addWidget(raw, 1);
    splitter = new QSplitter(Qt::Vertical, q);
    auto *top = new QWidget(q);
    auto *topLayout = new QHBoxLayout(top);
    topLayout->setContentsMargins(10, 0, 0, 0); // a cell's own margin makes up the rest of the 14
    topLayout->addWidget(table);
    splitter->addWidget(top);
    splitter->addWidget(bottom);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(14, 8, 14, 8);
    bar->setSpacing(12);
    bar->addWidget(filter, 1);
    bar->addWidget(count);
    auto *all = new QVBoxLayout(q);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(coverage);
    all->addLayout(bar);
    all->addWidget(empty, 1);
    all->addWidget(splitter, 1);

    delay.setSingleShot(true);
    delay.setInterval(120);
    QObject::connect(filter, &QLineEdit::textChanged, q, [this] { delay.start(); });
    QObject::connect(&delay, &QTimer::timeout, q, [this] { applyFilter(); });
    QObject::connect(table->selectionModel(), &QItemSelectionModel::currentRowChanged, q, [this] { showRaw(); });
}

QDateTime AuditPage::Private::from() const
{
    const Session::Findings range = session.findings();
    if (!range) {
        return {};
    }
    // A change may have happened while A was still being read: the range starts with A's first request.
    const QDateTime started = range->manifestA.startedUtc;
    return started.isValid() ? std::min(started, range->difference.from.observedUtc) : range->difference.from.observedUtc;
}

QDateTime AuditPage::Private::to() const
{
    const Session::Findings range = session.findings();
    return range ? range->difference.to.observedUtc : QDateTime();
}

void AuditPage::Private::say(const QString &headline, const QString &sentence)
{
    ++filterJob; // what a worker still lists is of what is gone
    events.reset();
    model.setEvents(nullptr, {}, {});
    coverage->hide();
    splitter->hide();
    filter->setEnabled(false);
    count->clear();
    empty->setText(headline + u"\n\n"_s + sentence);
    empty->show();
    raw->clear();
    rawTitle->clear();
    Q_EMIT q->countChanged(0);
}

void AuditPage::Private::refresh()
{
    const int now = ++job;
    const Session::Findings range = session.findings();
    if (!session.isOpen()) {
        say(AuditPage::tr("No store is open"), AuditPage::tr("Open a store, or let the demo make one, to see who did what."));
        return;
    }
    if (!range || session.areNamesPending()) { // events are listed with the names of then
        if (session.isComputing() || session.areNamesPending()) {
            say(AuditPage::tr("Reading…"), QString());
        } else {
            say(AuditPage::tr("No range is chosen"), AuditPage::tr("Drag A and B on the timeline to choose the time to look at."));
        }
        return;
    }
    auto *watcher = new QFutureWatcher<Read>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, now] {
        watcher->deleteLater();
        if (now == job) {
            took(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run([folder = session.folder(), organisation = session.organisationId(), start = from(), end = to(),
                                          known = known(*range)] { return readRange(folder, organisation, start, end, known); }));
}

void AuditPage::Private::took(const Read &read)
{
    const Session::Findings range = session.findings();
    if (!range) {
        return;
    }
    if (read.error) {
        say(AuditPage::tr("The audit archive could not be read"), errorText(*read.error));
        return;
    }
    events = read.events;
    names = known(*range);
    const AuditCoverage covered = auditCoverage(range->auditWindows, from(), to());
    QString text = coverageText(covered);
    if (events->unreadable > 0) {
        text += u' ' + AuditPage::tr("%1 kept events could not be read and are not listed.").arg(countText(events->unreadable));
    }
    QPalette tone = coverage->palette();
    tone.setColor(QPalette::Window, covered.isWhole() && events->unreadable == 0 ? Theme::panel() : Theme::rowChanged());
    tone.setColor(QPalette::WindowText, Theme::text());
    coverage->setPalette(tone);
    coverage->setText(text);
    coverage->show();
    filter->setEnabled(true);
    applyFilter();
    Q_EMIT q->countChanged(q->eventCount());
    Q_EMIT q->eventsShown();
}

void AuditPage::Private::applyFilter()
{
    if (!events) {
        return;
    }
    // One pass over kept lower-case texts: some 20 ms for a hundred thousand events, which is more than a frame.
    const int now = ++filterJob;
    if (events->events.size() <= FilteredAtOnce) {
        showRows(filterEvents(*events, filter->text()));
        return;
    }
    auto *watcher = new QFutureWatcher<QList<int>>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, now] {
        watcher->deleteLater();
        if (now == filterJob) {
            showRows(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run([all = events, text = filter->text()] { return filterEvents(*all, text); }));
}

void AuditPage::Private::showRows(QList<int> rows)
{
    const bool isWanted = !wanted.isEmpty();
    const QString current = isWanted ? std::exchange(wanted, {}) : table->currentIndex().data(AuditModel::EventIdRole).toString();
    const qsizetype shown = rows.size(), total = events->events.size();
    model.setEvents(events, std::move(rows), names);
    count->setText(shown == total ? AuditPage::tr("%1 events").arg(countText(total))
                                  : AuditPage::tr("%1 of %2 events").arg(countText(shown), countText(total)));
    const bool any = shown > 0;
    splitter->setVisible(any);
    empty->setVisible(!any);
    if (!any) {
        empty->setText(
            total > 0 ? AuditPage::tr("No event fits the filter.")
                      : AuditPage::tr("No audit event was seen between A and B.\n\nWhether that means quiet or unknown stands above."));
    }
    mark();
    const QModelIndex kept = current.isEmpty() ? QModelIndex() : model.indexOf(current);
    if (kept.isValid()) {
        table->setCurrentIndex(kept);
        if (isWanted) {
            table->scrollTo(kept);
        }
    } else if (any) {
        const QModelIndex ofChange = model.firstMarked();
        table->setCurrentIndex(ofChange.isValid() ? ofChange : model.index(0, 0));
    }
    showRaw();
}

void AuditPage::Private::mark()
{
    QSet<QString> ids;
    const Session::Findings range = session.findings();
    if (const int at = session.currentFinding(); range && at >= 0 && at < range->findings.size()) {
        for (const Audit::Event &event : range->findings[at].events) {
            ids.insert(event.id);
        }
    }
    model.setMarked(ids);
}

void AuditPage::Private::showRaw()
{
    const Audit::Event *event = model.eventAt(table->currentIndex());
    if (!event) {
        raw->clear();
        rawTitle->setText(AuditPage::tr("Choose an event to see it as it is kept."));
        return;
    }
    rawTitle->setText(
        AuditPage::tr("%1 · event %2 · as kept, secrets fingerprinted").arg(utcAndLocalText(event->timeUtc), shortId(event->id)));
    raw->setPlainText(prettyEvent(event->line));
}

void AuditPage::selectEvent(const QString &eventId)
{
    d->filter->clear();
    d->wanted = eventId;
    d->applyFilter();
}

} // namespace Orgtrace::Ui
