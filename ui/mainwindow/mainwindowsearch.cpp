#include "mainwindow/mainwindow.h"

#include "audit/auditpage.h"
#include "mainwindow/messagebar.h"
#include "search/searchbox.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QClipboard>
#include <QDir>
#include <QGuiApplication>
#include <QSettings>

// Search, links, and where they lead.
namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int RememberedStores = 50;
constexpr QLatin1StringView StoresKey{"stores"};

/// Which folders hold which stores, newest first, as "id folder".
QStringList rememberedStores()
{
    return QSettings().value(StoresKey).toStringList();
}

void rememberStore(const QString &id, const QString &folder)
{
    QStringList stores = rememberedStores();
    const QString place = QDir::toNativeSeparators(folder);
    stores.removeIf([&](const QString &entry) { // a folder holds one store: whatever it held before is not there any more
        return entry.startsWith(id + u' ', Qt::CaseInsensitive) || entry.section(u' ', 1) == place;
    });
    stores.prepend(id + u' ' + QDir::toNativeSeparators(folder));
    QSettings().setValue(StoresKey, stores.first(std::min<qsizetype>(stores.size(), RememberedStores)));
}

QString folderOfStore(const QString &id)
{
    for (const QStringList entries = rememberedStores(); const QString &entry : entries) {
        if (entry.startsWith(id + u' ', Qt::CaseInsensitive)) {
            return entry.sliced(id.size() + 1);
        }
    }
    return {};
}

} // namespace

void MainWindow::connectSearch()
{
    connect(m_search, &SearchBox::placeChosen, this, &MainWindow::goTo);
    connect(m_search, &SearchBox::entityChosen, this, [this](const QString &domain, const QString &entity, const QString &pointer) {
        if (m_session.isComputing()) {
            (void)m_session.goTo(m_session.linkTo(domain, entity, pointer)); // once A and B are compared
        } else {
            m_session.showEntity(domain, entity, pointer);
        }
        showTab(Tab::Diff);
    });
    connect(m_search, &SearchBox::eventChosen, this, &MainWindow::showEventAt);
    connect(&m_session, &Session::findingsChanged, this, &MainWindow::selectWantedEvent);
    connect(&m_session, &Session::failed, this, [this] {
        if (!m_session.isOpen() && !m_session.isOpening()) {
            m_wantedLink.clear(); // its store could not be opened: whatever is opened next is opened for itself
        }
    });
    connect(&m_session, &Session::timelineChanged, this, [this] {
        if (!m_session.isOpen()) {
            return;
        }
        if (m_remembers) {
            rememberStore(m_session.workspace()->store().storeId(), m_session.folder());
        }
        if (!m_wantedLink.isEmpty() && !m_session.timeline().isEmpty()) {
            openLink(std::exchange(m_wantedLink, QString()));
        }
    });
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    constexpr int roomy = 1300; // below it, what range is shown matters more than a wide box
    m_search->setFixedWidth(width() < roomy ? 110 : 190);
}

void MainWindow::goTo(const Search::Link &link)
{
    const Result<void> gone = m_session.goTo(link);
    if (gone) {
        if (!link.domain.isEmpty()) {
            showTab(Tab::Diff);
        }
        return;
    }
    const bool isOther = !m_session.isOpen() || link.storeId.compare(m_session.workspace()->store().storeId(), Qt::CaseInsensitive) != 0;
    if (!isOther) {
        m_messages->showMessage(MessageBar::Kind::Problem,
                                tr("The link leads to the snapshot %1, which this timeline does not have. Choose another organisation, or "
                                   "fetch the branch it is in.")
                                    .arg(shortId(gone.error().where)));
        return;
    }
    const QString folder = folderOfStore(link.storeId);
    const bool isOpenAlready = m_session.isOpen() && QDir(folder) == QDir(m_session.folder()); // it holds another store now
    if (!folder.isEmpty() && !isOpenAlready && QDir(folder).exists()) {
        m_wantedLink = link.toText();
        Q_EMIT storeChosen(folder);
        return;
    }
    m_messages->showMessage(
        MessageBar::Kind::Problem,
        tr("The link leads into the store %1, which was not opened on this machine yet. Open it, then follow the link again.")
            .arg(shortId(link.storeId)));
}

void MainWindow::openLink(const QString &text)
{
    const Result<Search::Link> link = Search::Link::parse(text);
    if (!link) {
        m_messages->showMessage(MessageBar::Kind::Problem, tr("This is no link to a place: %1.").arg(link.error().detail));
        return;
    }
    if (m_session.isOpening()) {
        m_wantedLink = text;
        return;
    }
    goTo(*link);
}

QString MainWindow::takeWantedLink()
{
    return std::exchange(m_wantedLink, QString());
}

void MainWindow::copyLink()
{
    const Search::Link link = m_session.currentLink();
    if (link.storeId.isEmpty()) {
        return;
    }
    QGuiApplication::clipboard()->setText(link.toText());
    m_messages->showMessage(MessageBar::Kind::Note,
                            link.hasEntity ? tr("Copied a link to this place. It opens wherever this store is.")
                                           : tr("Copied a link to this range. It opens wherever this store is."));
}

void MainWindow::showEventAt(const QString &eventId, const QDateTime &utc)
{
    const QList<Evidence::SnapshotSummary> &timeline = m_session.timeline();
    showTab(Tab::Audit);
    if (timeline.size() < 2) {
        m_audit->selectEvent(eventId);
        return;
    }
    // The snapshots on either side of it; before the first and after the last one, the nearest pair.
    const auto after = std::ranges::lower_bound(timeline, utc, {}, &Evidence::SnapshotSummary::observedUtc);
    const qsizetype b = std::clamp<qsizetype>(after - timeline.begin(), 1, timeline.size() - 1);
    m_wantedEvent = eventId;
    if (utc < timeline.constFirst().observedUtc || utc > timeline.constLast().observedUtc) {
        m_messages->showMessage(MessageBar::Kind::Note,
                                tr("This event of %1 lies outside the snapshots there are; the nearest range is shown.").arg(utcText(utc)));
    }
    const QString oldA = m_session.idA();
    const QString oldB = m_session.idB();
    const bool isInside = m_session.snapshot(oldA) && m_session.snapshot(oldB) && m_session.snapshot(oldA)->observedUtc <= utc
        && utc <= m_session.snapshot(oldB)->observedUtc;
    if (!isInside) {
        m_session.setRange(timeline.at(b - 1).id, timeline.at(b).id);
    }
    selectWantedEvent();
}

void MainWindow::selectWantedEvent()
{
    if (!m_wantedEvent.isEmpty() && m_session.findings()) {
        m_audit->selectEvent(std::exchange(m_wantedEvent, QString()));
    }
}

} // namespace Orgtrace::Ui
