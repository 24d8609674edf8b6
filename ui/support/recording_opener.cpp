// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/recording_opener.h"

#include "ui/bridge/engine_bridge.h"

#include <exception>

namespace swb::ui {
namespace {

constexpr int kProgressMs = 50;

} // namespace

RecordingOpener::RecordingOpener(EngineBridge& bridge, QObject* parent)
    : QObject(parent)
    , m_query(bridge.waker())
{
    connect(&bridge, &EngineBridge::frame, this, &RecordingOpener::take);
    m_progress.setInterval(kProgressMs);
    connect(&m_progress, &QTimer::timeout, this, [this] { emit progressed(m_query.permille()); });
}

RecordingOpener::~RecordingOpener() = default;

void RecordingOpener::open(const QString& path)
{
    m_path = path;
    m_query.start([path](trace::QueryControl& control) -> std::optional<Answer> {
        Answer answer;
        try {
            answer.content
                = RecordingContent::read(path, [&control](std::uint64_t done, std::uint64_t total) {
                      control.setPermille(total == 0 ? 0 : static_cast<int>(done * 1000 / total));
                      return !control.isStopped();
                  });
        } catch (const std::bad_alloc&) {
            answer.problem
                = tr("Open %1 failed: there is not enough memory for it. Close other programs.")
                      .arg(path);
        } catch (const std::exception& error) {
            answer.problem = QString::fromUtf8(error.what());
        }
        return answer;
    });
    m_isBusy = true;
    m_progress.start();
    emit started(path);
}

void RecordingOpener::cancel()
{
    if (!m_isBusy)
        return;
    m_isBusy = false;
    m_query.cancel();
    m_progress.stop();
    emit ended();
}

void RecordingOpener::take()
{
    auto answer = m_query.take();
    if (!answer)
        return;
    m_isBusy = false;
    m_progress.stop();
    emit ended();
    if (answer->problem.isEmpty())
        emit opened(std::make_shared<OpenedRecording>(std::move(answer->content)));
    else
        emit failed(answer->problem);
}

} // namespace swb::ui
