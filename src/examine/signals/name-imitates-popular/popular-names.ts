/*
 * Names worth imitating. There are no download figures here; the list has three sources:
 *
 * 1. WANTED: by how many families of packages (a scope counts once) a name is depended upon, at
 *    least four, among the some 2,700 package.json files that an install of forty well-known
 *    applications and tools of the years 2011 to 2026 brings along. Counted on 2026-11-24 with
 *    bench/popular-names/rank.ts; most wanted first.
 * 2. KNOWN: names that the maintainers of Veln know to be widely used, in alphabetical order.
 * 3. ALIKE: packages of the same and like installs that were seen to resemble one of these and are honest.
 *
 * A name in the list never counts as an imitation itself.
 */
const WANTED = `
mocha eslint typescript nyc tape @types/node ava prettier xo tap @ljharb/eslint-config auto-changelog
safe-publish-latest npmignore jest rimraf chai coveralls postcss istanbul tsd @babel/core eslint-plugin-import
@arethetypeswrong/cli gulp-format-md semver eslint-config-prettier @ljharb/tsconfig @types/tape husky encoding
for-each object-inspect rollup standard eslint-plugin-node should @babel/preset-env chalk lint-staged
@typescript-eslint/parser @types/jest glob @npmcli/eslint-config @npmcli/template-oss
@typescript-eslint/eslint-plugin webpack c8 benchmark call-bound eslint-plugin-promise @babel/cli
@types/object-inspect cross-env browserify eslint-plugin-standard eslint-config-standard ts-jest debug jshint
es-errors es-value-fixtures graceful-fs sinon @types/for-each postcss-value-parser eslint-plugin-prettier
mkdirp uglify-js @types/mocha ts-node call-bind eslint-plugin-markdown npm-run-all aud minimatch minimist
typedoc @commitlint/cli @es-shims/api grunt lodash source-map @jest/types define-properties gulp pre-commit
standard-version @commitlint/config-conventional del-cli functions-have-names babel-jest core-js
has-strict-mode safe-buffer tshy tslib del hasown jiti expect.js karma nock postcss-selector-parser vitest
browserslist es-object-atoms globals gulp-mocha jest-util strip-ansi eclint es-abstract @eslint/js
@types/graceful-fs codecov get-intrinsic gopd has-tostringtag minipass semantic-release
@rollup/plugin-node-resolve @types/chai execa memfs readable-stream @types/debug async bluebird esbuild
grunt-contrib-jshint gulp-eslint has-symbols karma-chrome-launcher karma-mocha terser webpack-cli
@types/semver acorn ajv babel-cli expect gulp-istanbul isobject make-generator-function mock-property
@types/call-bind coffee-script fs-extra grunt-contrib-watch proc-log resolve source-map-support tslint
typescript-eslint workbox-core @babel/register define-property extend-shallow jsdom karma-firefox-launcher
mocha-lcov-reporter object-assign pretty-format react request supertest @babel/eslint-parser
@vitest/coverage-v8 babel-eslint benchmarked brittle esprima file-loader get-stream grunt-cli gts inherits
jsdoc micromatch regenerate rollup-plugin-terser schema-utils through2 @jest/test-utils @types/estree
babel-core babel-loader babel-plugin-add-module-exports eslint-plugin-jest get-proto kind-of
make-arrow-function npm-package-arg picomatch pify slash tempy tsconfig ws @changesets/cli
@rollup/plugin-commonjs @size-limit/preset-small-lib @types/es-value-fixtures @types/eslint
@types/get-intrinsic @types/sinon @webpack-contrib/eslint-config-webpack available-typed-arrays
babel-plugin-istanbul babel-preset-env coffeescript commander cross-spawn cspell css-loader delay
eslint-config-airbnb-base eslint-config-webpack eslint-plugin-jsdoc flow-bin is-callable istanbul-coveralls
matcha neostandard pinkie-promise prettier-config-holepunch proxyquire puppeteer q rollup-plugin-node-resolve
sass tinybench tsdown @babel/plugin-transform-modules-commonjs @babel/preset-react @babel/preset-typescript
@jridgewell/trace-mapping @tsd/typescript @types/is-callable @types/make-generator-function beautify-benchmark
chokidar es-define-property eslint-config-gulp eslint-import-resolver-typescript function-bind
grunt-contrib-nodeunit has-property-descriptors is-windows isarray jest-get-type jest-worker js-yaml jscs
lru-cache lunte npm-registry-fetch picocolors require-inject shelljs tap-spec tmp tsd-lite vite which
@babel/parser @babel/types @changesets/get-github-info @rollup/plugin-terser @rollup/plugin-typescript
@types/make-arrow-function @types/micromatch @types/picomatch @types/ws babel-register escape-string-regexp
express got iconv-lite is-glob jest-resolve karma-safari-launcher less loader-utils mime-types node-fetch
optimist p-event react-dom require-uncached rollup-plugin-babel signal-exit string-width style-loader tsx
underscore uvu zuul @babel/code-frame @npmcli/arborist @rollup/plugin-json @rollup/plugin-replace
@typescript/native-preview airtap async-listen ci-info eslint-plugin-flowtype eslint-plugin-jsx-a11y
eslint-plugin-react eslint-visitor-keys esm fast-check grunt-contrib-uglify is-typed-array jackspeak
jest-environment-jsdom jest-message-util jsesc karma-coverage karma-sauce-launcher lab magic-string
make-async-function make-dir marked mutate-fs nodeunit nopt object-keys oxlint postcss-tape requirejs
snapdragon ssri underscore.string uuid vows webpack-dev-server @babel/runtime @gar/promise-retry
@jest/environment @jest/test-result @mdn/browser-compat-data @semantic-release/git @types/babel__core
@types/core-js @types/glob @types/gopd agent-base ansi-escapes array.prototype.flatmap assert-plus
babel-polyfill babel-preset-es2015 camelcase cheerio codecov.io concat-stream convert-source-map cosmiconfig
cssnano deep-equal define-data-property diff end-of-stream es-shim-unscopables es5-shim es6-shim escape-html
eslint-plugin-eslint-plugin eslint-plugin-n eslint-release espree estraverse expresso fast-glob find-up
for-own form-data globalthis is-plain-object jasmine jest-diff jest-environment-node jest-haste-map
jest-regex-util jest-snapshot jsdoc-fresh jsdoc-region-tag json5 karma-browserify karma-webpack object.assign
object.entries object.values once open oxfmt postcss-import promise proxy publint rolldown safe-regex-test
safer-buffer sass-loader sinon-chai stream-spec tapable text-table through tslint-config-prettier
tslint-config-standard yargs-parser @babel/node @babel/plugin-transform-flow-strip-types
@babel/plugin-transform-runtime @codspeed/core @npmcli/package-json @npmcli/run-script
@semantic-release/changelog @sinonjs/fake-timers @types/benchmark @types/express @types/fs-extra
@types/json-schema @types/ncp @types/prettier @types/tmp @types/webpack @types/yargs acorn-walk after
ajv-formats ansi-bold ansi-regex array-unique autoprefixer bl buffer-equal cacache caniuse-lite clean-css co
code colors cssnano-utils deepmerge depd ejs eslint-config-airbnb eslint-config-eslint eslint-plugin-mocha
eslint-scope event-stream exit faucet fill-range fsevents gaxios has-bigints has-proto hosted-git-info
htmlparser2 http-errors https-proxy-agent import-fresh is is-docker istanbul-lib-coverage jest-matcher-utils
jest-runtime json-parse-even-better-errors karma-ie-launcher karma-phantomjs-launcher karma-sourcemap-loader
livescript markdownlint-cli mime mime-db mini-css-extract-plugin mv ncp normalize-path object.fromentries
pacote parseurl pathe phantomjs-prebuilt prompts punycode qs read recast regex-not standardx stylus
supports-color tar tinyglobby to-regex ts-loader type-fest url-loader workbox-routing yaml yargs @ava/babel
@babel/plugin-proposal-class-properties @babel/plugin-proposal-decorators
@babel/plugin-proposal-private-methods @babel/plugin-transform-react-jsx @babel/preset-flow @biomejs/biome
@emnapi/runtime @jest/transform @napi-rs/cli @npmcli/mock-registry @playwright/test @rollup/plugin-babel
@semantic-release/npm @sindresorhus/tsconfig @swc/core @tufjs/repo-mock @types/babel__traverse
@types/cross-spawn @types/csso @types/exit @types/has-property-descriptors @types/isarray @types/jsdom
@types/mv @types/resolve @types/tap @types/trusted-types @wessberg/rollup-plugin-ts ansi ansi-styles
array-includes assume b4a babel-plugin-tester bash-match body-parser call-bind-apply-helpers clone
content-type conventional-changelog-cli copy-webpack-plugin core-js-pure core-util-is create-test-server csso
cz-conventional-changelog dedent doctoc domelementtype domhandler dot encodeurl es-module-lexer escodegen
eslint-doc-generator eslint-plugin-eslint-comments eslint-plugin-regexp estree-walker esutils etag expect-type
extend far fast-deep-equal fast-json-stable-stringify function.prototype.name get-port glob-parent
grunt-simple-mocha gulp-uglify gulp-unused homedir-polyfill hooker html-entities http-proxy-agent http-server
ignore immutable imurmurhash ini internal-slot is-ci is-core-module is-data-view is-extendable is-string
jest-cli jest-mock jest-validate jison karma-safaritechpreview-launcher keyv less-loader lightningcss
make-fetch-happen math-intrinsics mock-fs multimatch node-gyp node-notifier npm-normalize-package-bin
on-finished opener os-homedir oxlint-tsgolint p-limit parse-json path-exists path-type pirates pkg-pr-new
playwright please-release-me pretty-bytes pretty-quick qunit readdirp recursive-readdir regenerator-runtime
resolve-from rollup-plugin-commonjs rollup-plugin-dts rollup-plugin-ts serialize-javascript server-destroy
size-limit socksv5 source-map-js spdx-expression-parse statuses stream-pair string.prototype.repeat strip-bom
strip-json-comments sugarss tempfile throat validate-npm-package-name which-typed-array workbox-strategies
write write-file-atomic`;

const KNOWN = `
@actions/core @actions/github @ai-sdk/openai @angular/animations @angular/cdk @angular/cli @angular/common
@angular/compiler @angular/core @angular/forms @angular/material @angular/platform-browser @angular/router
@ant-design/icons @anthropic-ai/sdk @apollo/client @apollo/server @aws-sdk/client-dynamodb @aws-sdk/client-s3
@aws-sdk/client-sts @aws-sdk/lib-dynamodb @aws-sdk/s3-request-presigner @azure/identity @azure/msal-browser
@azure/msal-node @azure/storage-blob @babel/generator @babel/standalone @babel/template @babel/traverse
@capacitor/cli @capacitor/core @chakra-ui/react @coral-xyz/anchor @cosmjs/stargate @ctrl/tinycolor
@discordjs/rest @discordjs/voice @elastic/elasticsearch @emotion/cache @emotion/react @emotion/styled
@expo/vector-icons @faker-js/faker @fingerprintjs/fingerprintjs @firebase/app @google-cloud/firestore
@google-cloud/pubsub @google-cloud/storage @google/genai @google/generative-ai @grpc/grpc-js
@grpc/proto-loader @hapi/hapi @hapi/hoek @hapi/joi @headlessui/react @heroicons/react @huggingface/inference
@inquirer/prompts @ionic/angular @ionic/react @jest/core @jest/globals @kubernetes/client-node @langchain/core
@langchain/openai @mapbox/node-pre-gyp @material-ui/core @metamask/sdk @modelcontextprotocol/sdk
@mui/icons-material @mui/material @mui/system @nestjs/cli @nestjs/common @nestjs/config @nestjs/core
@nestjs/platform-express @nestjs/swagger @nestjs/testing @nestjs/typeorm @ngrx/effects @ngrx/store
@octokit/core @octokit/graphql @octokit/rest @opentelemetry/api @opentelemetry/sdk-node
@openzeppelin/contracts @parcel/watcher @pinecone-database/pinecone @polkadot/api @popperjs/core
@prisma/client @radix-ui/react-dialog @radix-ui/react-slot @rainbow-me/rainbowkit
@react-native-async-storage/async-storage @react-native-community/cli @react-navigation/native
@react-navigation/stack @react-three/fiber @reduxjs/toolkit @rollup/pluginutils @sendgrid/mail @sentry/browser
@sentry/node @sentry/react @slack/bolt @slack/web-api @solana/spl-token @solana/web3.js @storybook/react
@supabase/supabase-js @swc/cli @swc/helpers @swc/jest @tailwindcss/forms @tailwindcss/postcss
@tailwindcss/typography @tailwindcss/vite @tanstack/react-query @tauri-apps/api @tauri-apps/cli
@testing-library/dom @testing-library/jest-dom @testing-library/react @testing-library/react-hooks
@testing-library/user-event @trpc/client @trpc/server @types/bcryptjs @types/cors @types/jsonwebtoken
@types/lodash @types/react @types/react-dom @types/uuid @typescript-eslint/utils @vitejs/plugin-react
@vitejs/plugin-react-swc @vitejs/plugin-vue @walletconnect/client @xmldom/xmldom JSONStream accept-language
accepts accounting ace-builds address adm-zip agenda ai ajv-keywords algoliasearch amqplib angular animejs
ansi-colors antd apollo-client apollo-server apollo-server-express applicationinsights archiver arg argon2
arktype array-flatten async-retry auto aws-amplify aws-cdk aws-cdk-lib aws-lambda aws-sdk axe-core axios
axios-mock-adapter axios-retry babylonjs basic-ftp bcrypt bcryptjs bee-queue better-sqlite3 big-integer big.js
bignumber.js binance bindings bip32 bip39 bitcoinjs-lib blessed blurhash bn.js bookshelf bootstrap
bootstrap-vue bowser boxen browser-sync buffer bull bullmq bulma bun bundlesize bunyan busboy bytes cac
cache-manager camelcase-keys canvas cassandra-driver casual ccxt chai-as-promised chance change-case
changesets chart.js child-process-promise chromedriver chrono-node class-transformer class-validator
class-variance-authority classnames clean-webpack-plugin cli-color cli-cursor cli-progress cli-spinners
cli-table cli-table3 cliui clone-deep clsx coa codemirror cohere-ai color color-convert color-name
color-string colorette comlink commitizen commitlint compression compromise concurrently conf config
configstore connect consola constructs content-disposition conventional-changelog convict cookie cookie-parser
cookie-session cookie-signature copyfiles cordova core-js-compat corepack cors cosmjs couchdb cpx
create-next-app create-react-app create-vite cron cross-fetch crypto-js csrf css-minimizer-webpack-plugin
csurf csv csv-parse csv-parser csv-stringify cuid currency.js cypress d3 d3-array d3-scale d3-selection
d3-shape daisyui date-fns date-fns-tz dayjs dd-trace decamelize decimal.js decompress deep-extend degit
depcheck dependency-cruiser destroy detect-browser detect-port device-detector-js dexie discord.js dockerode
docx dompurify dot-prop dotenv dotenv-cli dotenv-expand dotenv-webpack draft-js drizzle-kit drizzle-orm
duplexify dustjs-linkedin echarts ee-first effect elasticsearch electron electron-builder electron-packager
electron-store electron-to-chromium electron-updater elliptic elysia emoji-regex engine.io engine.io-client
enquirer entities env-cmd envalid enzyme es5-ext esbuild-loader esbuild-register escalade
eslint-config-airbnb-typescript eslint-config-next eslint-config-react-app eslint-plugin-react-hooks
eslint-plugin-unicorn eslint-plugin-vue ethereumjs-tx ethereumjs-util ethereumjs-wallet ethers eventemitter2
eventemitter3 events exceljs exit-hook expo expo-constants expo-router express-rate-limit express-session
express-validator extract-zip faker fast-json-stringify fast-safe-stringify fast-xml-parser fastify
faye-websocket ffi-napi fflate ffmpeg-static figlet figures file-entry-cache file-saver filesize finalhandler
fingerprintjs firebase firebase-admin firebase-functions firebase-tools flat-cache flatted fluent-ffmpeg
follow-redirects forever fork-ts-checker-webpack-plugin form-data-encoder formdata-node formidable forwarded
foundation-sites fp-ts framer-motion franc fresh ftp ganache gatsby gaze geckodriver globalize globby gm
google-auth-library google-protobuf googleapis graphql graphql-request graphql-tag graphql-tools graphql-ws
graphql-yoga grpc gsap h3 hammerjs handlebars hapi happy-dom hardhat has-flag hashids hdkey he helmet
highcharts highland highlight.js hls.js hogan.js hono howler html-webpack-plugin html2canvas http-proxy
http-proxy-middleware humanize-duration i18n i18next i18next-browser-languagedetector i18next-http-backend idb
image-size imagemin immer import-local inflight ink inquirer internal-ip intl-messageformat inversify io-ts
ionicons ioredis ip ipaddr.js is-buffer is-even is-fullwidth-code-point is-ip is-mobile is-number is-odd
is-plain-obj is-promise is-stream is-wsl isexe isolated-vm isomorphic-dompurify isomorphic-fetch
isomorphic-git jade jasmine-core jest-extended jest-mock-extended jimp jmespath joi jose jotai jquery
jquery-ui js-cookie jsbarcode jscodeshift json-schema json-stringify-safe jsonc-parser jsonpath jsonpath-plus
jsonschema jsonwebtoken jspdf jsqr jszip just-extend jwa jws kafkajs karma-jasmine katex kebab-case keccak
keytar kill-port kleur knex knip koa kue ky kysely langchain later leaflet left-pad lerna level leveldown
levelup lighthouse listr listr2 live-server localforage localtunnel lodash-es lodash.camelcase
lodash.clonedeep lodash.debounce lodash.get lodash.isequal lodash.isplainobject lodash.memoize lodash.merge
lodash.set lodash.sortby lodash.template lodash.throttle lodash.uniq log-symbols log-update log4js loglevel
long lottie-web lowdb lower-case lucide-react luxon macaddress machine-id madge mailchimp mailgun-js mammoth
mapbox-gl markdown-it mathjax mathjs mdast-util-to-string media-typer meilisearch mem memcached memoizee meow
merge merge-deep merge-descriptors mermaid method-override methods metro microbundle mikro-orm mitt
mixpanel-browser mobx mobx-react mockdate moize moment moment-timezone monaco-editor mongodb mongoose morgan
mqtt ms msw multer mustache mysql mysql2 nan nanoevents nanoid nats natural nconf near-api-js nedb needle
negotiator neo-async neo4j-driver newrelic next ngrok ngx-bootstrap ngx-toastr ngx-translate nightwatch
nitropack node-addon-api node-cache node-cron node-forge node-gyp-build node-ipc node-machine-id node-pre-gyp
node-pty node-releases node-sass node-schedule node-ssh node-telegram-bot-api node-uuid nodegit nodemailer
nodemon np npm npm-check-updates npmlog npx numeral nunjucks nuxt nw nx oauth object-hash object-path
objection octokit ofetch ol ollama openai openid-client openpgp opn ora os-name p-map p-queue p-retry
p-timeout pa11y pad-left pako papaparse parcel parcel-bundler passport passport-google-oauth20 passport-jwt
passport-local passport-oauth2 path-to-regexp pdf-lib pdf-parse pdfjs-dist pdfkit pg pg-pool pg-promise phaser
pinia pino pino-pretty piscina pixi.js pkg-dir pkg-up platform playwright-core plop plotly.js pluralize pm2
pnpm polka popper.js portfinder postcss-cli postcss-loader postcss-nested postcss-preset-env postgres
posthog-js postmark pouchdb preact prebuild-install prettier-plugin-organize-imports
prettier-plugin-tailwindcss pretty-ms primeicons primeng prisma prismjs prom-client promise-retry
prosemirror-state prosemirror-view protobufjs protractor proxy-addr ps-list public-ip pug pump pumpify
puppeteer-core purgecss qrcode qrcode-terminal query-string querystring quick-lru quill ramda random-js
range-parser raw-body raw-loader rc react-bootstrap react-chartjs-2 react-datepicker react-dnd react-draggable
react-dropzone react-helmet react-hook-form react-i18next react-icons react-intl react-is react-markdown
react-modal react-native react-native-gesture-handler react-native-reanimated react-native-screens
react-native-svg react-native-vector-icons react-native-web react-navigation react-query react-reconciler
react-redux react-refresh react-router react-router-dom react-scripts react-select react-spring react-table
react-test-renderer react-toastify react-transition-group react-virtualized react-window read-pkg read-pkg-up
recharts recoil reconnecting-websocket redis redux redux-saga redux-thunk redux-toolkit ref-napi
reflect-metadata rehype rehype-raw relay-runtime release-it remark remark-gfm remark-parse repeat-string
replicate request-promise request-promise-native require-directory reselect resend resolve-cwd restify retry
rewire rfdc right-pad ripple-keypairs ripple-lib robotjs rollup-plugin-visualizer rsvp runtypes rush rxjs
safe-stable-stringify sails sanitize-html sass-embedded sax secp256k1 seedrandom selenium-webdriver send
sendgrid sequelize serialport serve serve-favicon serve-handler serve-static serverless setprototypeof shadcn
sharp shiki short-uuid shortid shx signale simple-git simple-oauth2 sjcl slack slate slick-carousel slug
slugify snowpack socket.io socket.io-client socket.io-parser sockjs sockjs-client solc solid-js split2 sqlite3
ssh2 start-server-and-test store storybook string_decoder stripe styled-components stylelint
stylelint-config-recommended stylelint-config-standard superagent superstruct svelte svgo swc swc-loader
swiper systeminformation tailwind-merge tailwindcss tar-fs tar-stream tauri telegraf temp terminal-link
terser-webpack-plugin testcafe testdouble threads three tiktoken timeago.js tiny-emitter tiny-glob tinycolor2
title-case toidentifier toml tough-cookie tracer traverse tree-kill tronweb truffle ts-morph ts-node-dev
tsc-alias tsconfig-paths tsup tsyringe turbo turndown tweetnacl twilio twitter twitter-api-v2 type-is typeorm
typesense ua-parser-js uglify-es ulid unbuild undici unified unist-util-visit universal-cookie unpipe unzipper
update-browserslist-db update-notifier upper-case urijs url-join url-parse urql usb user-agents utils-merge
valibot validator vary vfile video.js viem vitepress vm2 vue vue-loader vue-router vue-template-compiler
vuetify vuex wagmi wait-on watch watchify wavesurfer.js web3 webdriverio webpack-bundle-analyzer
webpack-dev-middleware webpack-hot-middleware webpack-merge webpack-sources websocket whatsapp-web.js
whatwg-fetch winston word-wrap workerpool wrap-ansi wrappy xlsx xml-js xml2js xmlbuilder xmldom xpath xrpl xss
y18n yamljs yarn yauzl yazl yeoman-generator yo ytdl-core yup zeromq zlib zod zone.js zustand`;

const ALIKE = `
ansicolors asap asynct babel-preset-es2017 batch bower buffers camel-case colord css-parse css-stringify cssom
dtslint echint is-typedarray isstream jake just-diff leven merge2 mpath mquery node npm-run-all2 pend postcss-js qunitjs
redent set-proto socks split tap-stream tinycolor tsutils typescript-eslint-parser upath uri-js wordwrap xtend`;

export const POPULAR_NAMES: ReadonlySet<string> = new Set(
  `${WANTED} ${KNOWN} ${ALIKE}`.trim().split(/\s+/),
);
