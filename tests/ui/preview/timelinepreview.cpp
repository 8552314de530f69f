#include "timelinepreview.h"

#include "../timeline/timelinesample.h"

#include "credentials/credentialstore.h"
#include "session/session.h"
#include "timeline/timelineview.h"

#include <QPixmap>
#include <QVBoxLayout>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

void previewTimeline(const QString &folder, const QString &tail)
{
    SystemClock clock;
    const std::unique_ptr<Credentials::CredentialStore> credentials = Credentials::memoryStore();
    Session session(clock, *credentials);
    for (const int count : {1, 40, 400, 10'000}) {
        QWidget page;
        auto *view = new TimelineView(session);
        auto *column = new QVBoxLayout(&page);
        column->setContentsMargins(0, 0, 0, 0);
        column->addWidget(view);
        column->addStretch(1);
        page.setAttribute(Qt::WA_DontShowOnScreen);
        page.resize(1400, 360);
        page.show();
        const auto timeline = sampleTimeline(count);
        view->setTimeline(timeline, count / 4, count / 2);
        if (count > 1) {
            view->setFlags(
                {{timeline->entries.at(count / 5).timeMs, u"Q3 approved"_s},
                 {timeline->entries.at(count * 3 / 5).timeMs, u"after the audit, with a name that is far too long for its place"_s}});
        }
        view->showCardOf(count * 2 / 3);
        page.grab().save(folder + u"/timeline-"_s + QString::number(count) + tail);
    }
}
