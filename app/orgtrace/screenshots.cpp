#include "orgtrace/screenshots.h"

#include "access/accessdelegate.h"
#include "access/accesspage.h"
#include "access/findingsside.h"
#include "access/historyside.h"
#include "access/whocanside.h"
#include "capture/capturemodel.h"
#include "capture/captureview.h"
#include "changes/changespage.h"
#include "changes/changetree.h"
#include "credentials/credentialstore.h"
#include "diff/diffpage.h"
#include "identity/identitypage.h"
#include "mainwindow/keymap.h"
#include "mainwindow/mainwindow.h"
#include "orgcompare/orgcomparepage.h"
#include "orgcompare/orgdiffpane.h"
#include "orgcompare/orgmatchpane.h"
#include "orgtrace/twinstore.h"
#include "search/searchbox.h"
#include "search/searchpanel.h"
#include "search/searchrun.h"
#include "session/session.h"
#include "theme/theme.h"
#include "timeline/timelineview.h"

#include <QDir>
#include <QPixmap>
#include <QTabBar>
#include <QThreadPool>
#include <QTimer>
#include <QTreeView>

namespace Orgtrace::App {

using namespace Qt::StringLiterals;
using Ui::Theme;

namespace {

constexpr QSize pictureSize(1440, 900);
constexpr QSize narrowSize(1100, 700);

/// Layout, styles and paints that wait in the queue, without running new input.
void layOut(QWidget &widget)
{
    widget.ensurePolished();
    constexpr int Rounds = 6; // a text that is given its width asks for another height, which its card asks for in turn
    for (int round = 0; round < Rounds; ++round) {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::Polish);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::Resize);
    }
}

Result<QString> save(QWidget &widget, const QString &folder, const QString &name)
{
    layOut(widget);
    QString file = QDir(folder).absoluteFilePath(name + u".png"_s);
    if (!QDir().mkpath(folder) || !widget.grab().save(file, "PNG")) {
        return Error::make(ErrorCode::Io, u"the picture could not be written"_s, file);
    }
    return file;
}

} // namespace

Screenshots::Screenshots(Ui::Session &session, Ui::MainWindow &window, Clock &clock, QString folder, bool isDemo, QObject *parent) :
    QObject(parent), m_session(session), m_window(window), m_clock(clock), m_folder(std::move(folder)), m_isDemo(isDemo),
    m_look(new QTimer(this))
{
    m_look->setInterval(20);
    connect(m_look, &QTimer::timeout, this, &Screenshots::lookWhetherSettled);
    connect(&window.diff(), &Ui::DiffPage::documentShown, this, [this] { m_isDiffAwaited = false; });
}

Screenshots::~Screenshots() = default;

void Screenshots::start()
{
    const QDir folder(m_folder);
    for (const QString &name : {u"progress-light.png"_s, u"progress-dark.png"_s}) {
        if (folder.exists(name)) {
            m_files.append(folder.absoluteFilePath(name));
        }
    }
    for (const bool isDark : {false, true}) {
        const QString suffix = isDark ? u"-dark"_s : u"-light"_s;
        const auto view = [this, isDark](QSize size, Ui::MainWindow::Tab tab) {
            Theme::apply(isDark ? Theme::Scheme::Dark : Theme::Scheme::Light);
            m_window.resize(size);
            m_window.showTab(tab);
            return static_cast<QWidget *>(&m_window);
        };
        using Tab = Ui::MainWindow::Tab;
        m_steps.append({u"main"_s + suffix, [view] { return view(pictureSize, Tab::Diff); }});
        m_steps.append({u"access"_s + suffix, [view] { return view(pictureSize, Tab::Access); }});
        addAccessSteps(suffix, [view](bool isNarrow) { return view(isNarrow ? narrowSize : pictureSize, Tab::Access); });
        m_steps.append({u"audit"_s + suffix, [view] { return view(pictureSize, Tab::Audit); }});
        m_steps.append({u"hovercard"_s + suffix, [this, view] { // the worst snapshot's card, in the last 7 days
                            QWidget *window = view(pictureSize, Tab::Diff);
                            m_window.timeline().showPreset(Ui::TimelineView::Preset::Range);
                            m_window.timeline().showCardOf(m_session.indexOf(m_session.idB()) - 1);
                            return window;
                        }});
        m_steps.append({u"facets"_s + suffix, [this, view] {
                            QWidget *window = view(pictureSize, Tab::Diff);
                            m_window.timeline().showCardOf(-1);
                            m_window.timeline().showPreset(Ui::TimelineView::Preset::Week);
                            m_window.changes().setFacetsShown(true);
                            m_window.changes().filterField()->setText(u"severity:high,critical -domain:=flows"_s);
                            m_window.changes().setGrouping(Ui::ChangeGrouping::Actor);
                            return window;
                        }});
        m_steps.append({u"query"_s + suffix, [this, view] { // a mistake, and what is offered while one types
                            QWidget *window = view(pictureSize, Tab::Diff);
                            m_window.timeline().showPreset(Ui::TimelineView::Preset::All);
                            m_window.timeline().setFlags(
                                {{m_session.timeline().value(8).observedUtc.toMSecsSinceEpoch(), u"baseline Q4 approved"_s}});
                            m_window.changes().setFacetsShown(false);
                            m_window.changes().setGrouping(Ui::ChangeGrouping::Domain);
                            m_window.changes().filterField()->setText(u"severity:hgh kind:"_s);
                            m_window.changes().filterField()->offerNow();
                            m_window.changes().selectAllChanges();
                            return window;
                        }});
        m_steps.append({u"domain"_s + suffix,
                        [this, view] { // a whole domain, side by side
                            QWidget *window = view(pictureSize, Tab::Diff);
                            m_window.timeline().setFlags({});
                            m_window.changes().filterField()->clear();
                            m_window.changes().filterField()->hideOffer();
                            m_window.changes().setGrouping(Ui::ChangeGrouping::Severity);
                            if (const Ui::Session::Findings range = m_session.findings(); range && !range->findings.isEmpty()) {
                                m_isDiffAwaited = true;
                                m_session.setCurrentDomain(range->findings.constFirst().judged.change.domain);
                            }
                            return window;
                        },
                        [this] { return isSettled(); }});
        m_steps.append({u"search"_s + suffix,
                        [this, view] {
                            QWidget *window = view(pictureSize, Tab::Diff);
                            if (m_session.findings() && !m_session.findings()->findings.isEmpty()) {
                                m_session.setCurrentFinding(0);
                            }
                            m_window.search().setText(u"contractor-17"_s);
                            m_window.search().panel().popUpBeneath(m_window.search());
                            m_window.search().panel().step(1);
                            return window;
                        },
                        [this] { return isSettled() && !m_window.search().run().state().isRunning; }});
        m_steps.append({u"keys"_s + suffix, [this, view] {
                            m_window.search().clear();
                            m_window.search().close();
                            QWidget *window = view(pictureSize, Tab::Diff);
                            m_window.keyMapPanel().toggle();
                            return window;
                        }});
        m_steps.append({u"narrow"_s + suffix, [this, view] { // and everything as it was
                            m_window.keyMapPanel().toggle();
                            QTreeView *list = m_window.changes().view();
                            list->setCurrentIndex(list->currentIndex()); // alone
                            return view(narrowSize, Tab::Diff);
                        }});
        m_steps.append({u"empty"_s + suffix, [this, isDark] {
                            Theme::apply(isDark ? Theme::Scheme::Dark : Theme::Scheme::Light);
                            auto *holder = new QObject(this);
                            static const std::unique_ptr<Credentials::CredentialStore> noCredentials = Credentials::memoryStore();
                            auto *session = new Ui::Session(m_clock, *noCredentials, holder);
                            auto *window = new Ui::MainWindow(*session, m_clock, nullptr);
                            connect(this, &QObject::destroyed, window, [window] { delete window; });
                            window->setAttribute(Qt::WA_DontShowOnScreen);
                            window->resize(pictureSize);
                            window->show();
                            return static_cast<QWidget *>(window);
                        }});
    }
    if (m_isDemo) {
        addCaptureSteps();
        addOrganisationSteps();
    }
    next();
}

/// Each side of the access view.
void Screenshots::addAccessSteps(const QString &suffix, const std::function<QWidget *(bool)> &view)
{
    using Page = Ui::AccessPage;
    const auto add = [&](const QString &name, auto prepare) {
        m_steps.append({name + suffix, [this, view, prepare] {
                            QWidget *window = view(false);
                            prepare(m_window.access());
                            return window;
                        }});
    };
    add(u"access-atob"_s, [](Page &page) { page.setMode(Page::FromAToB); });
    add(u"access-role"_s, [](Page &page) {
        page.setMode(Page::AsOfB);
        page.setStart(Page::FromRole);
    });
    add(u"access-permission"_s, [](Page &page) { page.setStart(Page::FromPermission, u"authorization:grant:add"_s); });
    add(u"access-group"_s, [](Page &page) { page.setStart(Page::FromGroup); });
    add(u"access-division"_s, [](Page &page) { page.setStart(Page::FromDivision); });
    add(u"access-who-can"_s, [](Page &page) {
        page.setSide(Page::WhoCan);
        page.whoCan().ask(u"authorization:grant:add"_s);
    });
    add(u"access-changes"_s, [](Page &page) { page.setSide(Page::Changes); });
    const QString who = m_isDemo ? u"contractor-17"_s : QString(); // elsewhere: whoever is chosen
    add(u"access-history"_s, [who](Page &page) { page.showHistory(who, u"authorization:grant:add"_s); });
    add(u"access-history-never"_s,
        [who](Page &page) { page.showHistory(who.isEmpty() ? who : u"Alba Kelder"_s, u"authorization:grant:add"_s); });
    add(u"access-findings"_s, [](Page &page) { page.setSide(Page::Findings); });
    add(u"access-findings-filter"_s, [](Page &page) { page.findings().filter(u"contractor-17"_s); });
    add(u"access-findings-subject"_s, [](Page &page) { // how the first one is held
        QTreeView *tree = page.findings().tree();
        const QAbstractItemModel &model = *tree->model();
        const QModelIndex rule = model.index(0, 0, model.index(0, 0));
        tree->expand(rule);
        tree->setCurrentIndex(model.index(0, 0, rule));
    });
    m_steps.append({u"access-history-narrow"_s + suffix, [this, view, who] {
                        m_window.access().findings().filter({});
                        m_window.access().showHistory(who, u"authorization:grant:add"_s);
                        return view(true);
                    }});
    m_steps.append({u"access-findings-narrow"_s + suffix, [this, view] {
                        m_window.access().setSide(Page::Findings);
                        return view(true);
                    }});
    m_steps.append({u"access-narrow"_s + suffix, [this, view] { // and everything as it was
                        m_window.access().setStart(Page::FromSubject);
                        return view(true);
                    }});
}

/// One capture under way, its summary, and what its client may see.
void Screenshots::addCaptureSteps()
{
    constexpr double shownFrom = 0.45; // enough of each state is there to look at
    Ui::CaptureView &view = m_window.captureView();
    const auto put = [this](bool isDark) {
        Theme::apply(isDark ? Theme::Scheme::Dark : Theme::Scheme::Light);
        m_window.resize(pictureSize);
        return static_cast<QWidget *>(&m_window);
    };
    const auto add = [this, put](const QString &name, auto isReady, auto before) {
        for (const bool isDark : {false, true}) {
            m_steps.append({name + (isDark ? u"-dark"_s : u"-light"_s),
                            [put, isDark, before] {
                                if (!isDark) {
                                    before();
                                }
                                return put(isDark);
                            },
                            isReady});
        }
    };
    add(
        u"capture"_s,
        [&view] {
            view.refresh();
            return view.hasEnded() || view.model().part() >= shownFrom;
        },
        [this] { m_window.capture(); });
    add(u"captured"_s, [this, &view] { return view.hasEnded() && isSettled(); }, [] {});
    add(u"identity"_s, [this] { return !m_window.identity().isAsking(); }, [this] { m_window.checkIdentity(); });
}

/// Two organisations side by side, in a window and a store of their own; and the page where there is one only.
void Screenshots::addOrganisationSteps()
{
    const auto isShown = [this] {
        return m_twinWindow && m_twinWindow->organisations().state() == Ui::OrgComparePage::State::Shown
            && !m_twinWindow->organisations().isBusy() && m_twinSession->isSettled();
    };
    for (const bool isDark : {false, true}) {
        const QString suffix = isDark ? u"-dark"_s : u"-light"_s;
        const auto put = [isDark](Ui::MainWindow &window, QSize size) {
            Theme::apply(isDark ? Theme::Scheme::Dark : Theme::Scheme::Light);
            window.resize(size);
            return static_cast<QWidget *>(&window);
        };
        m_steps.append({u"organisations-one"_s + suffix,
                        [this, put] {
                            m_window.compareOrganisations();
                            return put(m_window, pictureSize);
                        },
                        [this] { return !m_window.organisations().isBusy(); }});
        m_steps.append({u"organisations"_s + suffix,
                        [this, put] {
                            if (!m_twinWindow) {
                                openTwins();
                            }
                            m_twinWindow->organisations().tabs()->setCurrentIndex(0);
                            return put(*m_twinWindow, pictureSize);
                        },
                        isShown});
        m_steps.append({u"organisations-field"_s + suffix,
                        [this, put] {
                            QTreeView *tree = m_twinWindow->organisations().differences().tree();
                            const QModelIndex entity = tree->model()->index(0, 0, tree->model()->index(0, 0)); // the first there is
                            tree->expand(entity);
                            tree->setCurrentIndex(tree->model()->index(0, 0, entity));
                            return put(*m_twinWindow, pictureSize);
                        },
                        isShown});
        m_steps.append({u"organisations-filter"_s + suffix, // nothing fits
                        [this, put] {
                            m_twinWindow->organisations().differences().filter()->setText(u"nothing is called so"_s);
                            return put(*m_twinWindow, pictureSize);
                        },
                        isShown});
        m_steps.append({u"organisations-matching"_s + suffix,
                        [this, put] {
                            m_twinWindow->organisations().differences().filter()->clear();
                            m_twinWindow->organisations().tabs()->setCurrentIndex(1);
                            return put(*m_twinWindow, pictureSize);
                        },
                        isShown});
        m_steps.append({u"organisations-narrow"_s + suffix,
                        [this, put] {
                            m_twinWindow->organisations().tabs()->setCurrentIndex(0);
                            QTreeView *tree = m_twinWindow->organisations().differences().tree();
                            tree->setCurrentIndex(tree->model()->index(0, 0, tree->model()->index(0, 0)));
                            return put(*m_twinWindow, narrowSize);
                        },
                        isShown});
    }
}

void Screenshots::openTwins()
{
    m_twins = std::make_unique<TwinStore>(m_clock);
    m_twinSession = std::make_unique<Ui::Session>(m_clock, m_twins->credentials());
    m_twinWindow = std::make_unique<Ui::MainWindow>(*m_twinSession, m_clock, nullptr);
    m_twinWindow->setAttribute(Qt::WA_DontShowOnScreen);
    m_twinWindow->show();
    connect(
        m_twinSession.get(), &Ui::Session::storeOpened, this, [this] { m_twinWindow->compareOrganisations(); },
        Qt::ConnectionType(Qt::QueuedConnection | Qt::SingleShotConnection));
    m_making.emplace([](Screenshots *self) -> QCoro::Task<void> {
        auto making = self->m_twins->make(self->m_session.folder(), self->m_session.idB());
        const Result<void> made = co_await making;
        if (made) {
            self->m_twinSession->openStore(self->m_twins->folder());
        } else {
            Q_EMIT self->failed(made.error(), u"The pictures before it are there."_s);
        }
    }(this));
}

void Screenshots::next()
{
    ++m_at;
    if (m_at >= m_steps.size()) {
        m_look->stop();
        Q_EMIT finished(m_files);
        return;
    }
    m_subject = m_steps.at(m_at).prepare();
    m_calm = 0;
    m_look->start();
}

bool Screenshots::isSettled() const
{
    return m_session.isSettled() && !m_session.isComputing() && m_session.areTicksComplete() && m_window.changes().isSettled()
        && !m_isDiffAwaited && QThreadPool::globalInstance()->activeThreadCount() == 0;
}

void Screenshots::lookWhetherSettled()
{
    // Calm twice in a row: an answer may have been on its way between two looks.
    const Step &step = m_steps.at(m_at);
    m_calm = (step.isReady ? step.isReady() : isSettled()) ? m_calm + 1 : 0;
    if (m_calm < (step.isReady ? 1 : 3)) {
        return;
    }
    if (!step.isReady && m_session.currentFinding() < 0 && m_session.findings() && !m_session.findings()->findings.isEmpty()) {
        m_isDiffAwaited = true;
        m_calm = 0;
        m_session.setCurrentFinding(0); // the worst one
        return;
    }
    m_look->stop();
    const Result<QString> file = save(*m_subject, m_folder, m_steps.at(m_at).name);
    if (!file) {
        Q_EMIT failed(file.error(), u"The pictures before it are there."_s);
        return;
    }
    m_files.append(*file);
    next();
}

void grabProgress(Ui::MainWindow &window, const QString &folder, double part)
{
    static bool isDone = false;
    if (isDone || part < 0.55) {
        return;
    }
    isDone = true;
    window.resize(pictureSize);
    for (const bool isDark : {false, true}) {
        Theme::apply(isDark ? Theme::Scheme::Dark : Theme::Scheme::Light);
        if (const Result<QString> file = save(window, folder, isDark ? u"progress-dark"_s : u"progress-light"_s); !file) {
            qWarning("%s", qUtf8Printable(file.error().where));
        }
    }
}

} // namespace Orgtrace::App
